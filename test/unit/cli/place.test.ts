/** Where the command works. */
import { expect, test } from "vitest";
import { LOCAL_GROUP, planLocal } from "#infra/local/environment.ts";
import { sendPlace, warehousePlace } from "#services/cli/place.ts";

const DATASET = "cloudevents_pull_event_recorder";

test.each([
  [
    "nothing set: the local cloud at its port",
    {},
    {},
    {
      project: "pullhouse-local",
      dataset: DATASET,
      stagingDataset: `${DATASET}_staging`,
      address: "http://127.0.0.1:9050",
    },
  ],
  [
    "a moved port",
    { PULLHOUSE_BIGQUERY_PORT: "19050" },
    {},
    {
      project: "pullhouse-local",
      dataset: DATASET,
      stagingDataset: `${DATASET}_staging`,
      address: "http://127.0.0.1:19050",
    },
  ],
  [
    "a project from the environment: Google Cloud",
    { GOOGLE_CLOUD_PROJECT: "acme-prod" },
    {},
    { project: "acme-prod", dataset: DATASET, stagingDataset: `${DATASET}_staging` },
  ],
  [
    "a project from the option wins",
    { GOOGLE_CLOUD_PROJECT: "acme-prod", BIGQUERY_LOCATION: "europe-west1" },
    { project: "acme-test", dataset: "other" },
    { project: "acme-test", dataset: "other", stagingDataset: "other_staging", location: "europe-west1" },
  ],
  [
    "an emulator that is named is asked, whatever the project",
    { BIGQUERY_EMULATOR_HOST: "http://127.0.0.1:1234", GOOGLE_CLOUD_PROJECT: "acme-prod" },
    {},
    {
      project: "acme-prod",
      dataset: DATASET,
      stagingDataset: `${DATASET}_staging`,
      address: "http://127.0.0.1:1234",
    },
  ],
])("the warehouse with %s", (_name, env, given, place) => {
  expect(warehousePlace(env, given)).toEqual(place);
});

test("the command's local defaults are the ones of `make up`", () => {
  const { variables, receiverUrl } = planLocal({});
  expect(sendPlace({}, {})).toEqual({
    receiver: `${receiverUrl}/`,
    issuer: variables["CHAINGUARD_ISSUER"],
    group: LOCAL_GROUP,
  });
  expect(warehousePlace({}, {})).toEqual({
    address: variables["BIGQUERY_EMULATOR_HOST"],
    project: variables["GOOGLE_CLOUD_PROJECT"],
    dataset: variables["BIGQUERY_DATASET"],
    stagingDataset: variables["BIGQUERY_STAGING_DATASET"],
  });
});

test("a wrong port is named with what it takes", () => {
  expect(() => warehousePlace({ PULLHOUSE_BIGQUERY_PORT: "x" }, {})).toThrow(
    'PULLHOUSE_BIGQUERY_PORT is "x", it takes a whole number from 1 to 65535',
  );
});
