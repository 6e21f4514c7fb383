/** The local Pub/Sub keeps the queue's contract. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { startPubSub } from "#infra/local/pubsub/start.ts";
import type { StandIn } from "#infra/local/stand-in.ts";
import { pubsubContract } from "./pubsub-contract.ts";

const stateDir = mkdtempSync(join(tmpdir(), "pullhouse-pubsub-"));
let server: StandIn;

beforeAll(async () => {
  server = await startPubSub({ port: 0, stateDir });
});
afterAll(async () => {
  await server?.close();
  rmSync(stateDir, { recursive: true });
});

pubsubContract("the local Pub/Sub", () => server.port, { isGoogleEmulator: false });
