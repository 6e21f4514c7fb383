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

export async function startBenchCloud<Algorithm extends string>(
  algorithms: readonly Algorithm[],
  count: number,
): Promise<BenchCloud<Algorithm>> {
  const folder = mkdtempSync(join(tmpdir(), "pullhouse-bench-"));
  const issuer = await startTestIssuer();
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
  const pubsubHost = `127.0.0.1:${pubsub.port}`;
  const admin = new PubSub({ projectId: PROJECT, apiEndpoint: pubsubHost, emulatorMode: true });
  // No subscription: what is published is taken and forgotten, so that every round finds the same server.
  await admin.createTopic(TOPIC);
  await admin.close();
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
    async [Symbol.asyncDispose]() {
      await pubsub.kill();
      await issuer.close();
      rmSync(folder, { recursive: true });
    },
  };
}
