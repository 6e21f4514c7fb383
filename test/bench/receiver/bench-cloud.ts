/** What the receiver under load needs around it: an issuer, signed traffic, a Pub/Sub stand-in with a topic. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PubSub } from "@google-cloud/pubsub";
import type { JWK } from "jose";
import { GROUP, makeKey, startTestIssuer } from "#test/support/issuer.ts";
import { startStandInProcess } from "#test/support/stand-in-process.ts";
import { signTraffic, writeTraffic } from "./traffic.ts";

export const PROJECT = "bench-project";
export const TOPIC = "bench";

export interface BenchCloud<Algorithm extends string> extends AsyncDisposable {
  readonly pubsubHost: string;
  /** A receiver's environment. */
  readonly variables: Readonly<Record<string, string>>;
  readonly traffic: Readonly<Record<Algorithm, { readonly file: string; readonly jwk: JWK }>>;
}

/** What is open already is closed when a later step throws. */
export async function startBenchCloud<Algorithm extends string>(
  algorithms: readonly Algorithm[],
  count: number,
): Promise<BenchCloud<Algorithm>> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "pullhouse-bench-"));
  stack.defer(() => rmSync(folder, { recursive: true }));
  const issuer = await startTestIssuer();
  stack.defer(() => issuer.close());
  issuer.keys.length = 0;
  const traffic = {} as Record<Algorithm, { file: string; jwk: JWK }>;
  for (const algorithm of algorithms) {
    const key = await makeKey(algorithm);
    issuer.keys.push(key);
    const file = join(folder, algorithm);
    writeTraffic(file, await signTraffic(issuer, key, count));
    traffic[algorithm] = { file, jwk: key.publicJwk };
  }
  const pubsub = await startStandInProcess("pubsub", join(folder, "home"));
  stack.defer(() => pubsub.kill());
  const pubsubHost = `127.0.0.1:${pubsub.port}`;
  await createTopic(pubsubHost);
  const open = stack.move();
  return {
    pubsubHost,
    traffic,
    variables: {
      GOOGLE_CLOUD_PROJECT: PROJECT,
      PUBSUB_TOPIC: TOPIC,
      PUBSUB_EMULATOR_HOST: pubsubHost,
      GCS_BUCKET: "bench-bucket",
      BATCHER_URL: "http://127.0.0.1:1",
      LOADER_URL: "http://127.0.0.1:1",
      CHAINGUARD_ISSUER: issuer.url,
      CHAINGUARD_GROUP: GROUP,
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** No subscription: what is published is taken and forgotten, so that every round finds the same server. */
async function createTopic(pubsubHost: string): Promise<void> {
  const admin = new PubSub({ projectId: PROJECT, apiEndpoint: pubsubHost, emulatorMode: true });
  try {
    await admin.createTopic(TOPIC);
  } finally {
    await admin.close();
  }
}
