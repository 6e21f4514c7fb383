/** `pullhouse replay`, killed right after a step that BigQuery has done: the same command again makes it whole. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { drain } from "#services/batcher/drain.ts";
import { load } from "#services/loader/load.ts";
import { toMessage } from "#services/shared/message.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import {
  drainLimits,
  loadLimits,
  type StandInCloud,
  startStandInCloud,
} from "#test/support/stand-in-cloud.ts";
import { pullhouseHere as pullhouse } from "../cli/run-command.ts";
import { type SchemaFolder, schemaFolder } from "../schema/schema-folder.ts";

const never = new AbortController().signal;
const TYPE = "com.example.built.v1";
const TABLE = "com_example_built_v1";
const COLUMNS = [{ name: "image", type: "STRING", mode: "NULLABLE", description: "What was built." }];

let cloud: StandInCloud;
let folder: SchemaFolder;
beforeEach(async () => {
  cloud = await startStandInCloud();
  folder = schemaFolder();
});
afterEach(async () => {
  await cloud.close();
  folder.delete();
});

const ports = () => ({ ...cloud.ports, registry: loadRegistry(folder.directory) });

async function receive(...ids: readonly string[]): Promise<void> {
  const event = { source: "ci", type: TYPE, specversion: "1.0", time: "2026-05-01T10:00:00Z" };
  const data = Buffer.from('{"image":"x"}');
  for (const id of ids) {
    const message = toMessage({ ...event, id, extensions: {}, data }, { source: "test", receivedAt: 1e12 });
    await cloud.publish(message);
  }
  await drain(ports(), drainLimits, never);
  expect(await load(ports(), loadLimits, never)).toMatchObject({ reasons: [] });
}

const idsIn = async (table: string) => {
  const rows = await cloud.query<{ ce_id: string }>(`SELECT ce_id FROM ${table} ORDER BY ce_id`);
  return rows.map(({ ce_id: id }) => id);
};

test.each([
  ["the load into the staging table", "pullhouse-stage-"],
  ["the MERGE", "pullhouse-merge-"],
  ["the row of the books", "pullhouse-book-"],
  ["the removal from unregistered_events", "pullhouse-moved-"],
])("killed after %s", async (_step, job) => {
  await receive("a", "b");
  folder.write(`${TYPE}.json`, COLUMNS);
  await receive("b", "c");
  await cloud.dropTable(TABLE);

  await replayKilledAfter(job);
  const again = await replay();
  expect(again.status, again.error).toBe(0);
  expect(await idsIn(TABLE)).toEqual(["a", "b", "c"]);
  expect(await idsIn("unregistered_events")).toEqual([]);
  expect(await cloud.ports.store.list("pending/", 10)).toEqual([]);
  expect(await cloud.ports.store.list("plans/", 10)).toEqual([]);
  expect((await replay()).out).toContain(", 0 were new");
  const proof = await pullhouse(["prove", "--since", "2h"], env());
  expect(proof.status, `${proof.out}${proof.error}`).toBe(0);
});

const env = () => ({ ...cloud.env, SCHEMAS_FOLDER: folder.directory });
const replay = () => pullhouse(["replay", "--type", TYPE], env());

/** The job is done, and its answer never arrives. */
async function replayKilledAfter(job: string): Promise<void> {
  const target = cloud.env["BIGQUERY_EMULATOR_HOST"] as string;
  let kill: () => void = () => {};
  const server = createServer((request, response) => {
    void pass(request, response, target, job, kill);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const child = spawn(process.execPath, ["services/cli/bin.js", "replay", "--type", TYPE], {
    env: { ...process.env, ...env(), BIGQUERY_EMULATOR_HOST: `http://127.0.0.1:${port}` },
    stdio: "ignore",
  });
  kill = () => child.kill("SIGKILL");
  const [, signal] = (await once(child, "exit")) as [number | null, string | null];
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  expect(signal, `no job ${job} was seen`).toBe("SIGKILL");
}

async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
  job: string,
  kill: () => void,
): Promise<void> {
  const body = await buffer(request);
  const { method = "GET", url = "/", headers } = request;
  const type = headers["content-type"];
  const answer = await fetch(`${target}${url}`, {
    method,
    ...(type === undefined ? {} : { headers: { "content-type": type } }),
    ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
  });
  const isIt = method === "GET" && url.includes(`/jobs/${job}`);
  const text = await answer.text();
  // A job is done when its state says so; it may still run when it is created.
  if (isIt && /"state":\s*"DONE"/.test(text)) return kill();
  response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "text/plain" });
  response.end(text);
}
