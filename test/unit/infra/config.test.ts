/** `pullhouse.config.json`: what is wrong is named, all of it, before anything is done. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readDeployConfig } from "#infra/gcp/config.ts";
import { readConfigFile } from "#infra/gcp/config-file.ts";

const folder = mkdtempSync(join(tmpdir(), "pullhouse-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

const smallest = {
  project: "acme-registry-events",
  region: "us-central1",
  chainguard: { groups: ["45a0c61ea6fd977f050c5fb9ac06a69eed764595"] },
};

function problemsOf(settings: unknown): string {
  try {
    readDeployConfig(settings, "x.json");
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

test("three settings are enough", () => {
  expect(readDeployConfig(smallest, "x.json")).toMatchObject({
    receiverRegions: ["us-central1"],
    datasetLocation: "us-central1",
    dataset: "pullhouse",
    prefix: "pullhouse",
    windowSeconds: 40,
    deletionProtection: true,
  });
});

test("the dataset is named after the prefix, unless the configuration names one", () => {
  const datasetOf = (more: object) => readDeployConfig({ ...smallest, ...more }, "x.json").dataset;
  expect(datasetOf({ prefix: "pullhouse-two" })).toBe("pullhouse_two");
  expect(datasetOf({ prefix: "pullhouse-staging", dataset: "staged" })).toBe("staged");
});

test("every wrong setting is named in one go", () => {
  const text = problemsOf({ ...smallest, project: "Acme!", region: "moon", windowSeconds: 1, colour: "red" });
  expect(text.split("\n")).toEqual([
    "x.json is not right (docs/operate/deploy.md has every setting):",
    expect.stringMatching(/^ {2}project: takes a project id/),
    "  region: takes a region, as us-central1",
    expect.stringMatching(/^ {2}windowSeconds: .*10/),
    expect.stringMatching(/^ {2}the file: .*colour/),
  ]);
});

test.each([
  ["no sender", { chainguard: { groups: [] } }, "no sender may post"],
  [
    "a subscription without a group",
    { secrets: ["ZOT_TOKENS"], chainguard: { subscribe: true } },
    "needs chainguard.groups",
  ],
  [
    "a secret in plain sight",
    { settings: { receiver: { ZOT_TOKENS: "s3cret-s3cret" } } },
    "belongs in Secret Manager",
  ],
  ["a variable of the stack's own", { settings: { all: { GCS_BUCKET: "mine" } } }, "set by the stack itself"],
  [
    "a key in another place than its data",
    { encryptionKey: "projects/acme-keys/locations/us/keyRings/pullhouse/cryptoKeys/events" },
    "encryptionKey is in us",
  ],
  [
    "a project id with a domain",
    { project: "acme.example:events" },
    "(example.com:project) is not supported",
  ],
  ["a prefix that no bucket may have", { prefix: "g00gle-events" }, "Cloud Storage refuses it"],
  ["a prefix whose bucket another prefix has", { prefix: "pullhouse-archive" }, "another prefix may have"],
  ["a prefix whose dataset another prefix has", { prefix: "pullhouse-staging" }, "name one in dataset"],
  ["a suffix whose queue another prefix has", { queueSuffix: "drain" }, "another prefix may have"],
  ["a prefix too long for an account", { prefix: "a-very-long-prefix-of-ours" }, "prefix: takes 3 to 20"],
  [
    "colder classes out of order",
    { retention: { events: { nearlineAfterDays: 100, coldlineAfterDays: 90 } } },
    "more days than the one before",
  ],
  ...[
    "events.deleteAfterDays",
    "quarantineDeleteAfterDays",
    "deadLettersDeleteAfterDays",
    "rowsDeleteAfterDays",
  ].map((name): [string, Record<string, unknown>, string] => {
    const [setting = "", inner] = name.split(".");
    return [
      `${name} shorter than the longest outage`,
      { retention: { [setting]: inner === undefined ? 30 : { [inner]: 30 } } },
      `retention.${name}: takes 31 days or more`,
    ];
  }),
  [
    "a soft delete that Cloud Storage does not take",
    { retention: { softDeleteDays: 3 } },
    "retention.softDeleteDays",
  ],
  [
    "a channel by its display name",
    { notificationChannels: ["ops"] },
    "takes projects/…/notificationChannels/…",
  ],
])("refused: %s", (_what, settings, says) => {
  expect(problemsOf({ ...smallest, ...settings })).toContain(says);
});

test("a secret's value is not part of what is said about it", () => {
  const text = problemsOf({ ...smallest, settings: { receiver: { ZOT_TOKENS: "s3cret-s3cret" } } });
  expect(text).not.toContain("s3cret-s3cret");
});

test("the example is one", () => {
  const example: unknown = JSON.parse(readFileSync("pullhouse.config.example.json", "utf8"));
  expect(problemsOf(example)).toBe("");
});

test("without a file it is the example's, and says so; variables go over the file", () => {
  writeFileSync(join(folder, "pullhouse.config.example.json"), JSON.stringify(smallest));
  expect(readConfigFile({}, folder)).toMatchObject({ isExample: true });
  writeFileSync(join(folder, "pullhouse.config.json"), JSON.stringify(smallest));
  const { config, isExample } = readConfigFile(
    { PULLHOUSE_PROJECT: "acme-staging", PULLHOUSE_PREFIX: "" },
    folder,
  );
  expect(isExample).toBe(false);
  expect(config.project).toBe("acme-staging");
  expect(config.prefix).toBe("pullhouse");
});

test.each([
  ["not JSON", "{project: 1}"],
  ["not an object", "[]"],
])("a file that is %s is named", (_what, text) => {
  writeFileSync(join(folder, "broken.json"), text);
  expect(() => readConfigFile({ PULLHOUSE_CONFIG: "broken.json" }, folder)).toThrow(
    /^broken\.json cannot be read: /,
  );
});
