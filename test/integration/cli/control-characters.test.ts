/**
 * Whatever senders write, no command prints a character that a terminal or a reader's eye would obey: every command, in
 * every format, on a cloud whose events, objects and file names are full of them.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { BigQuery } from "@google-cloud/bigquery";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drain } from "#services/batcher/drain.ts";
import { loadQuestions } from "#services/cli/ask/questions.ts";
import { load } from "#services/loader/load.ts";
import { ensureView } from "#services/shared/gcp/tables.ts";
import { type Message, toMessage } from "#services/shared/message.ts";
import { tableSpec } from "#services/shared/schema/table-spec.ts";
import { loadViews } from "#services/shared/schema/views.ts";
import { PULL_TYPE } from "#test/support/pull-message.ts";
import {
  drainLimits,
  loadLimits,
  type StandInCloud,
  startStandInCloud,
} from "#test/support/stand-in-cloud.ts";
import { pullhouseHere, type Ran } from "./run-command.ts";

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, step) => from + step);

/** C0 without line end and tab, DEL and C1, direction marks, line and paragraph separator, byte order mark. */
const OBEYED = [
  ...range(0x00, 0x08),
  ...range(0x0b, 0x1f),
  ...range(0x7f, 0x9f),
  0x061c,
  ...range(0x200e, 0x200f),
  ...range(0x2028, 0x202e),
  ...range(0x2066, 0x2069),
  0xfeff,
].map((code) => String.fromCharCode(code));

/** All of them, and what they would do: a clipboard, a title, a line that looks like the command's own. */
const HOSTILE = `evil\u001b]52;c;ZXZpbA==\u0007\u001b[2J\nfine: nothing wrong\t${OBEYED.slice(1).join("")}liame\u202e`;
const CLIENT = `=HYPERLINK("http://evil.example";"${HOSTILE}")`;
/** Stands in what is printed of any of them. */
const SHOWN = String.raw`\u202e`;

const now = new Date();
const SINCE = ["--since", "1h"];

function hostileMessage(id: string, type: string, data: object): Message {
  return toMessage(
    {
      id: `${id} ${HOSTILE}`,
      source: "cgr.dev",
      type,
      specversion: "1.0",
      time: now.toISOString(),
      subject: HOSTILE,
      datacontenttype: "application/json",
      extensions: { actor: HOSTILE, note: HOSTILE },
      data: Buffer.from(JSON.stringify(data)),
    },
    { source: "chainguard", receivedAt: now.getTime() },
  );
}

const pulled = {
  actor: { subject: HOSTILE, act: { email: HOSTILE } },
  body: {
    repository: `acme/${HOSTILE}`,
    tag: HOSTILE,
    digest: `sha256:${HOSTILE}`,
    method: "GET",
    type: "manifest",
    remote_address: HOSTILE,
    user_agent: CLIENT,
    when: now.toISOString().slice(0, -1),
  },
  [HOSTILE]: HOSTILE,
};

let cloud: StandInCloud;
let folder: string;
let refusing: ReturnType<typeof createServer>;

beforeAll(async () => {
  cloud = await startStandInCloud();
  folder = mkdtempSync(join(tmpdir(), "pullhouse-hostile-"));
  await fillTables();
  await putAside();
  refusing = createServer((request, response) => {
    response.statusCode = request.url === "/token" ? 200 : 400;
    response.end(JSON.stringify({ title: HOSTILE, token: "t" }));
  }).listen(0, "127.0.0.1");
  writeFileSync(join(folder, "history\u202e.json"), `${JSON.stringify({ body: HOSTILE })}\n{"${HOSTILE}`);
  writeFileSync(join(folder, "broken\u202e.gz"), gzipSync("x").subarray(0, 8));
});
afterAll(async () => {
  refusing.close();
  rmSync(folder, { recursive: true });
  await cloud.close();
});

/** Events that have rows, of each kind, and every view. */
async function fillTables(): Promise<void> {
  const { registry, warehouse } = cloud.ports;
  const views = loadViews(registry);
  const read = new Set(views.flatMap(({ reads }) => reads));
  for (const table of registry.tables.values())
    if (read.has(table.table)) await warehouse.ensureTable(tableSpec(table));
  const bigquery = new BigQuery({ projectId: "pullhouse-local" });
  const dataset = bigquery.dataset("cloudevents_pull_event_recorder");
  for (const view of views) await ensureView(dataset, view, `pullhouse-local.${dataset.id}`);

  const messages = [
    hostileMessage("pull", PULL_TYPE, pulled),
    hostileMessage("pull again", PULL_TYPE, pulled),
    hostileMessage("misfit", PULL_TYPE, { body: HOSTILE }),
    hostileMessage("unknown", "com.example.unknown", pulled),
  ];
  for (const message of messages) await cloud.publish(message);
  let drained = 0;
  while (drained < messages.length) {
    const { messages: more } = await drain(cloud.ports, drainLimits, new AbortController().signal);
    drained += more;
  }
  await load(cloud.ports, loadLimits, new AbortController().signal);
}

/** A dead letter, a refused object, a spilled message, an object that nobody knows. */
async function putAside(): Promise<void> {
  const { store } = cloud.ports;
  const { attributes, data } = hostileMessage("dead", PULL_TYPE, pulled);
  const message = { attributes, data_base64: Buffer.from(data).toString("base64") };
  const json = { contentType: "application/json" };
  const create = (name: string, value: object) =>
    store.create(name, Buffer.from(JSON.stringify(value)), json);
  await create("dead-letters/1.json", { ...message, reason: HOSTILE, attempt: 5 });
  await create("spill/1.json", message);
  const object = `events/${PULL_TYPE}/dt=2026-11-20/refused.ndjson.gz`;
  const manifest = { object, rows: 1, bytes: 1, sha256: "", minTime: null, maxTime: null, untimed: 1 };
  await store.create(`quarantine/${PULL_TYPE}/refused.ndjson.gz`, gzipSync("{}\n"), json);
  await create(`quarantine/${PULL_TYPE}/refused.reason.json`, { object, reason: HOSTILE, manifest });
  await create("quarantine/pending/u\u202e", { [HOSTILE]: HOSTILE });
  const binary = Buffer.concat([Buffer.of(0xff), Buffer.from(`evil\u202e`)]);
  await store.create("exports/u\u202e.bin", binary, { contentType: "application/octet-stream" });
}

const run = (...args: string[]) => pullhouseHere(args, cloud.env);

/** The names of the characters that must not be there, with what is around the first. */
function obeyedIn({ out, error }: Ran): readonly string[] {
  const text = `${out}${error}`;
  return OBEYED.filter((character) => text.includes(character)).map((character) =>
    JSON.stringify(text.slice(Math.max(0, text.indexOf(character) - 40), text.indexOf(character) + 20)),
  );
}

const SQL = `SELECT ce_id, ce_subject, actor, body, extra, -5 AS less FROM dev_chainguard_registry_pull_v1 ORDER BY ce_id`;
const IMAGE = ["--image", `acme/${HOSTILE}`];
const answered = (name: string, ...more: string[]) => [
  "ask",
  name,
  ...SINCE,
  ...(name === "tag-history" ? IMAGE : []),
  ...more,
];

/** By the command, so that a new one is missed; `says` marks what has to show such text, so that nothing passes by silence. */
const CASES: Readonly<
  Record<string, () => readonly { readonly args: readonly string[]; readonly says?: true }[]>
> = {
  ask: () => [
    ...loadQuestions().map(({ name, parameters }) => ({
      args: answered(name).filter(
        (arg) => parameters.some((one) => one.name === "since") || !SINCE.includes(arg),
      ),
    })),
    ...["table", "csv", "md", "json"].map((format) => ({
      args: answered("who-pulls", "--format", format),
      says: true as const,
    })),
    { args: answered("top-images", "--chart"), says: true },
    { args: ["ask", HOSTILE], says: true },
  ],
  cost: () => [{ args: ["cost", "--events-per-day", HOSTILE], says: true }],
  "dead-letters": () => [
    { args: ["dead-letters", "list"], says: true },
    { args: ["dead-letters", "list", "--json"], says: true },
    { args: ["dead-letters", "show", "1"], says: true },
    { args: ["dead-letters", "show", "pending/u\u202e"], says: true },
    { args: ["dead-letters", "retry", "--all", "--dry-run"], says: true },
  ],
  doctor: () =>
    [[], ["--json"]].map((more) => ({
      args: ["doctor", "--only", "lag,last-load,dead-letters", "--timeout", "20", ...more],
    })),
  forget: () => [{ args: ["forget", HOSTILE] }, { args: ["forget", "evil\u202e"], says: true }],
  import: () => [{ args: ["import", folder, "--type", PULL_TYPE, "--dry-run"], says: true }],
  prove: () => [[], ["--hours"], ["--json"]].map((more) => ({ args: ["prove", ...SINCE, ...more] })),
  query: () => [
    ...["table", "csv", "md", "json"].map((format) => ({
      args: ["query", "--format", format, SQL],
      says: true as const,
    })),
    { args: ["query", "SELECT `evil\u202e` FROM pulls"], says: true },
  ],
  replay: () => [{ args: ["replay", "--type", PULL_TYPE, "--dry-run"] }],
  report: () => [{ args: ["report", ...SINCE, "-o", "-"], says: true }],
  rollup: () =>
    [[], ["--dry-run", "--again"], ["--from", HOSTILE]].map((more) => ({ args: ["rollup", ...more] })),
  schema: () => [
    { args: ["schema", "infer"], says: true },
    { args: ["schema", "check", HOSTILE], says: true },
  ],
  send: () => {
    const { port } = refusing.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    return [{ args: ["send", "--events", "1", "--url", `${url}/`, "--issuer", url], says: true }];
  },
  trace: () =>
    [[], ["--json"]].map((more) => ({
      args: ["trace", `pull ${HOSTILE}`, ...SINCE, ...more],
      says: true as const,
    })),
};

test("every command has cases", async () => {
  const { out } = await run("--help");
  const commands = [...(out.split("Commands:\n")[1] ?? "").matchAll(/^ {2}([a-z-]+) /gm)].map(
    ([, name]) => name,
  );
  expect(commands.filter((name) => name !== "help")).toEqual(Object.keys(CASES));
});

test.each(Object.keys(CASES))("%s prints nothing that a terminal would obey", async (command) => {
  const cases = CASES[command]?.() ?? [];
  expect(cases.length).toBeGreaterThan(0);
  for (const { args, says = false } of cases) {
    const ran = await pullhouseHere(args, cloud.env, JSON.stringify({ [HOSTILE]: HOSTILE, fine: HOSTILE }));
    expect(obeyedIn(ran), args.join(" ")).toEqual([]);
    // Nothing passes by silence.
    const isShown = `${ran.out}${ran.error}`.includes(SHOWN);
    expect(isShown || !says, args.join(" ")).toBe(true);
  }
});

test("JSON has the values that the sender wrote", async () => {
  const { out } = await run("query", "--format", "json", SQL);
  const [line = ""] = out.split("\n");
  expect(JSON.parse(line)).toMatchObject({ ce_subject: HOSTILE, body: { user_agent: CLIENT }, less: -5 });
});

test("CSV has no formula but with --raw, and numbers stay numbers", async () => {
  const sql = `SELECT body.user_agent, body.tag, -5 AS less FROM dev_chainguard_registry_pull_v1 LIMIT 1`;
  const { out } = await run("query", "--format", "csv", sql);
  expect(out).toMatch(/^user_agent,tag,less\n"'=HYPERLINK\(""/);
  expect(out).toMatch(/,-5\n$/);
  const raw = await run("query", "--format", "csv", "--raw", sql);
  expect(raw.out).toContain(`"${CLIENT.replaceAll('"', '""')}"`);
  expect(await run("query", "--raw", sql)).toMatchObject({ status: 2 });
});
