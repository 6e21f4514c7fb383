/** The receiver's settings: defaults, limits, and one line per wrong variable. */
import { expect, test } from "vitest";
import { readReceiverConfig } from "#services/receiver/config.ts";
import { readChainguardConfig } from "#services/receiver/sources/chainguard.ts";
import { type Env, EnvReader } from "#services/shared/config.ts";
import { GROUP } from "#test/support/issuer.ts";

const REQUIRED = {
  GOOGLE_CLOUD_PROJECT: "a-project",
  GCS_BUCKET: "a-bucket",
  BATCHER_URL: "http://127.0.0.1:8081",
  LOADER_URL: "http://127.0.0.1:8082",
  CHAINGUARD_GROUP: GROUP,
};

/** The message's lines, or none. */
function problems(env: Env): string[] {
  try {
    readReceiverConfig(env);
    return [];
  } catch (error) {
    return (error as Error).message.split("\n");
  }
}

function chainguard(env: Env) {
  const reader = new EnvReader(env);
  const config = readChainguardConfig(reader);
  reader.done();
  return config;
}

test("the defaults are those of the documentation", () => {
  expect(readReceiverConfig(REQUIRED)).toMatchObject({
    port: 8080,
    topic: "pullhouse-events",
    maxBodyBytes: {
      chainguard: 1_048_576,
      zot: 9_437_184,
      msr: 1_048_576,
      harbor: 4_194_304,
      distribution: 9_437_184,
    },
    maxInFlight: 128,
    publishTimeoutMs: 2_000,
    spillTimeoutMs: 5_000,
  });
  expect(chainguard(REQUIRED)).toEqual({
    issuer: "https://issuer.enforce.dev",
    audience: "customer",
    groups: [GROUP],
    leewaySeconds: 60,
  });
});

test("MAX_BODY_BYTES is every sender's limit, but for those that have one of their own", () => {
  const env = { ...REQUIRED, MAX_BODY_BYTES: "4096", ZOT_MAX_BODY_BYTES: "8192" };
  const rest = { chainguard: 4_096, msr: 4_096, harbor: 4_096, distribution: 4_096 };
  expect(readReceiverConfig(env).maxBodyBytes).toEqual({ ...rest, zot: 8_192 });
});

test("what is missing is named, all at once", () => {
  const lines = problems({});
  for (const name of Object.keys(REQUIRED)) {
    expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^${name} is not set`)));
  }
});

test("several groups stand with commas between", () => {
  const below = `${GROUP}/7214b8ddd5ce879d`;
  expect(chainguard({ CHAINGUARD_GROUP: `${GROUP} , ${below}` }).groups).toEqual([GROUP, below]);
});

test.each([
  ["CHAINGUARD_GROUP", "two words"],
  ["CHAINGUARD_GROUP", `${GROUP},`],
  ["CHAINGUARD_GROUP", `${GROUP}/`],
  ["CHAINGUARD_GROUP", `webhook:${GROUP}`],
  ["CHAINGUARD_ISSUER", "http://issuer.example"],
  ["CHAINGUARD_ISSUER", "http://127.0.0.1.example"],
  ["CHAINGUARD_ISSUER", "http://localhost@issuer.example"],
  ["CHAINGUARD_ISSUER", "issuer.example"],
  ["CLOCK_LEEWAY_SECONDS", "-1"],
  ["CLOCK_LEEWAY_SECONDS", "86400"],
  ["MAX_BODY_BYTES", "1MB"],
  ["MAX_BODY_BYTES", "1023"],
  ["MAX_BODY_BYTES", "8388609"],
  ["ZOT_MAX_BODY_BYTES", "9437185"],
  ["CHAINGUARD_TYPES", "dev.example"],
  ["MAX_IN_FLIGHT", "0"],
  ["PUBLISH_TIMEOUT_MS", "0"],
  ["SPILL_TIMEOUT_MS", "fast"],
  ["PUBSUB_TOPIC", "a topic"],
])("%s does not take %s, and the line says so", (name, value) => {
  const lines = problems({ ...REQUIRED, [name]: value });
  expect(lines).toEqual([expect.stringContaining(`${name} is "${value}", it takes `)]);
});

test.each(["http://127.0.0.1:8089", "http://localhost:1", "http://[::1]:1", "https://issuer.example/path"])(
  "CHAINGUARD_ISSUER takes %s",
  (issuer) => {
    expect(chainguard({ ...REQUIRED, CHAINGUARD_ISSUER: issuer }).issuer).toBe(issuer);
  },
);
