/**
 * A message that no batcher survives, in real processes: a proxy before Cloud Storage kills the batcher, by its pid, each time
 * it comes to write that message's row.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { StandIn } from "#infra/local/stand-in.ts";
import { startStorage } from "#infra/local/storage/start.ts";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { PULL_TYPE } from "#test/support/pull-message.ts";
import { pullhouseHere as pullhouse } from "../cli/run-command.ts";

const BODY = readFileSync("test/fixtures/seed-pull/body.json");
const DEADLY = "deadly-event";
const OTHERS = Array.from({ length: 20 }, (_, number) => `good-${number}`).toSorted();
const PATIENCE = { timeout: 150_000, interval: 500 };

let folder: string;
let storage: StandIn;
let proxy: Server;
let pipeline: LivePipeline;
let kills = 0;
let isDeadly = true;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pullhouse-deadly-"));
  storage = await startStorage({ port: 0, stateDir: folder });
  proxy = createServer((incoming, answer) => void pass(incoming, answer));
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as AddressInfo;
  pipeline = await startLivePipeline({
    STORAGE_EMULATOR_HOST: `http://127.0.0.1:${port}`,
    // So the first delivery that comes again is under suspicion.
    SUSPECT_ATTEMPTS: "1",
    // So a marker proves a crash after 10 s.
    ROUND_MAX_SECONDS: "4",
  });
});

afterAll(async () => {
  await pipeline.stop();
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
  await storage.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Hands a request on, or kills the batcher whose it is. */
async function pass(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
  const body = await buffer(incoming);
  if (isDeadly && holdsDeadlyRow(body)) {
    kills += 1;
    pipeline.signal("batcher", "SIGKILL");
    // The first loan has to end by its time, for the message to come a second time; this Pub/Sub forgets loans when it dies.
    if (kills > 1) pipeline.signal("pubsub", "SIGKILL");
    incoming.destroy();
    return;
  }
  const { method, url, headers } = incoming;
  const onward = request(
    { host: "127.0.0.1", port: storage.port, method, path: url, headers },
    (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    },
  );
  onward.on("error", () => answer.destroy());
  onward.end(body);
}

/** An upload of the JSON API has the object's bytes before its last boundary. */
function holdsDeadlyRow(body: Buffer): boolean {
  const start = body.indexOf(Buffer.from([0x1f, 0x8b, 0x08]));
  return start >= 0 && gunzipSync(body.subarray(start, body.lastIndexOf("\r\n--"))).includes(`"${DEADLY}"`);
}

const post = (id: string) =>
  pipeline.post(BODY, {
    "content-type": "application/json",
    "ce-id": id,
    "ce-type": PULL_TYPE,
    "ce-source": "cgr.dev",
    "ce-specversion": "1.0",
    "ce-time": "2026-04-23T00:37:47Z",
  });

async function rows(): Promise<string[]> {
  const found = await pipeline.query<{ ce_id: string }>(
    "SELECT ce_id FROM dev_chainguard_registry_pull_v1 ORDER BY ce_id",
  );
  return found.map(({ ce_id: id }) => id);
}

test("it ends among the dead letters, every other event is loaded, and sent again it is a row", async () => {
  const half = OTHERS.length / 2;
  const sent = [...OTHERS.slice(0, half), DEADLY, ...OTHERS.slice(half)];
  expect(await Promise.all(sent.map(post))).toEqual(sent.map(() => 202));

  const letters = async () =>
    (await pipeline.bucket.getFiles({ prefix: "dead-letters/" }))[0].map(({ name }) => name);
  await expect.poll(letters, PATIENCE).toHaveLength(1);
  await expect.poll(rows, PATIENCE).toEqual(OTHERS);
  // Once before there was a suspicion, and three times alone; whom it shared a batch with is up to the clock.
  expect(kills).toBeGreaterThanOrEqual(4);
  expect((await pipeline.bucket.getFiles({ prefix: "trials/" }))[0]).toEqual([]);

  const listed = await pullhouse(["dead-letters", "list", "--json"], pipeline.env);
  const letter = JSON.parse(listed.out) as { id: string };
  expect(letter).toMatchObject({
    type: PULL_TYPE,
    reason: "3 batchers died with this message alone in hand",
  });
  const shown = await pullhouse(["dead-letters", "show", letter.id], pipeline.env);
  expect(JSON.parse(shown.out)).toMatchObject({ attributes: { "ce-id": DEADLY }, data: BODY.toString() });

  isDeadly = false;
  expect(await pullhouse(["dead-letters", "retry", letter.id], pipeline.env)).toMatchObject({
    status: 0,
    out: `${letter.id}: published again\n`,
    error: "",
  });
  await expect.poll(rows, PATIENCE).toEqual([DEADLY, ...OTHERS]);
  expect(await letters()).toEqual([]);
  await expect
    .poll(async () => (await pullhouse(["prove"], pipeline.env)).out, PATIENCE)
    .toContain("The books balance");
}, 240_000);
