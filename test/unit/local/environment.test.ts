/** From the caller's variables to the parts that are started. */
import { expect, test } from "vitest";
import { LOCAL_GROUP, planLocal } from "#infra/local/environment.ts";

const portsOf = (env: NodeJS.ProcessEnv) =>
  Object.fromEntries(planLocal(env).parts.map(({ name, port }) => [name, port]));

test("without variables every part is ours, on the port of the contract", () => {
  expect(portsOf({})).toEqual({
    pubsub: 8085,
    storage: 4443,
    bigquery: 9050,
    tasks: 8123,
    issuer: 8089,
    receiver: 8080,
    batcher: 8081,
    loader: 8082,
  });
  const { variables, elsewhere, receiverUrl } = planLocal({});
  expect(elsewhere).toEqual([]);
  expect(receiverUrl).toBe("http://127.0.0.1:8080");
  expect(variables).toMatchObject({
    PUBSUB_EMULATOR_HOST: "127.0.0.1:8085",
    STORAGE_EMULATOR_HOST: "http://127.0.0.1:4443",
    BIGQUERY_EMULATOR_HOST: "http://127.0.0.1:9050",
    CLOUD_TASKS_EMULATOR_HOST: "127.0.0.1:8123",
    CHAINGUARD_ISSUER: "http://127.0.0.1:8089",
    BATCHER_URL: "http://127.0.0.1:8081",
    LOADER_URL: "http://127.0.0.1:8082",
    GOOGLE_CLOUD_PROJECT: "pullhouse-local",
    BIGQUERY_DATASET: "cloudevents_pull_event_recorder",
    BIGQUERY_STAGING_DATASET: "cloudevents_pull_event_recorder_staging",
    WINDOW_SECONDS: "2",
    CHAINGUARD_GROUP: LOCAL_GROUP,
    METADATA_SERVER_DETECTION: "none",
    HOST: "127.0.0.1",
  });
});

test.each([
  ["PUBSUB_EMULATOR_HOST", "localhost:9999", "pubsub"],
  ["STORAGE_EMULATOR_HOST", "http://localhost:9999", "storage"],
  ["BIGQUERY_EMULATOR_HOST", "http://localhost:9999", "bigquery"],
  ["CLOUD_TASKS_EMULATOR_HOST", "localhost:9999", "tasks"],
  ["CHAINGUARD_ISSUER", "https://issuer.example", "issuer"],
])("%s is set: that part is somebody else's, and used", (variable, value, name) => {
  const plan = planLocal({ [variable]: value });
  expect(plan.parts.map((part) => part.name)).not.toContain(name);
  expect(plan.parts).toHaveLength(7);
  expect(plan.elsewhere).toEqual([{ name, variable, value }]);
  expect(plan.variables[variable]).toBe(value);
});

test("a blank variable counts as unset", () => {
  expect(planLocal({ PUBSUB_EMULATOR_HOST: " " }).parts).toHaveLength(8);
});

test("every port can be moved, and whoever needs the part is told", () => {
  const names = Object.keys(portsOf({}));
  for (const [index, name] of names.entries()) {
    const port = 20_000 + index;
    const plan = planLocal({ [`PULLHOUSE_${name.toUpperCase()}_PORT`]: String(port) });
    const part = plan.parts.find((one) => one.name === name);
    expect(part?.port).toBe(port);
    expect(Object.values(part?.variables ?? {})).toContain(String(port));
    const told = [...Object.values(plan.variables), plan.receiverUrl].filter((value) =>
      value.endsWith(`:${port}`),
    );
    expect([name, told.length]).toEqual([name, 1]);
  }
  expect(names).toHaveLength(8);
});

test("names and the window can be set", () => {
  const set = {
    GCS_BUCKET: "mine",
    WINDOW_SECONDS: "10",
    GOOGLE_CLOUD_PROJECT: "other",
    CHAINGUARD_GROUP: "abc",
  };
  expect(planLocal(set).variables).toMatchObject(set);
});

test("all wrong ports are named at once", () => {
  expect(() => planLocal({ PULLHOUSE_PUBSUB_PORT: "0", PULLHOUSE_LOADER_PORT: "x" })).toThrow(
    /PULLHOUSE_PUBSUB_PORT is "0".*\nPULLHOUSE_LOADER_PORT is "x"/,
  );
});
