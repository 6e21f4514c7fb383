/**
 * Ten thousand valid events made wrong at random, through every process: what is accepted is one row with its content
 * intact, what is refused leaves nothing, and no fault is ours.
 *
 * The same ten thousand each time; `make soak` makes others. `SEED=… MUTATIONS=…` repeat a run or make it longer.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isObject, type Json } from "#services/shared/row/json.ts";
import { parseJson } from "#services/shared/row/parse-json.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { decodeUtf8 } from "#services/shared/utf8.ts";
import { type ClientRow, missingIn } from "#test/support/content.ts";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { type Mutation, mutations } from "#test/support/mutate.ts";
import { bookedRows, inOneLoad } from "#test/support/one-load.ts";

const COUNT = Number(process.env["MUTATIONS"] ?? 10_000);
const SEED = Number(process.env["SEED"] ?? 1);
const SENDERS = 32;
/** Of a machine that does other things, too: alone it takes a tenth of it. */
const PATIENCE = { timeout: 600_000, interval: 2_000 };

interface Sample {
  readonly sender: "chainguard" | "zot" | "msr" | "harbor" | "distribution";
  readonly type: string;
  readonly text: string;
}

const filesOf = (folder: string) =>
  readdirSync(`test/fixtures/${folder}`)
    .filter((file) => file.endsWith(".json"))
    .map((file) => ({
      type: file.slice(0, -".json".length),
      text: readFileSync(`test/fixtures/${folder}/${file}`, "utf8"),
    }));
const listOf = (text: string) => JSON.parse(text) as readonly { readonly data: object }[];

const samples: readonly Sample[] = [
  ...filesOf("chainguard").flatMap(({ type, text }) =>
    listOf(text).map(({ data }) => ({ sender: "chainguard" as const, type, text: JSON.stringify(data) })),
  ),
  ...filesOf("zot").flatMap(({ type, text }) =>
    listOf(text).map((data) => ({ sender: "zot" as const, type, text: JSON.stringify(data) })),
  ),
  ...filesOf("msr").map(({ type, text }) => ({ sender: "msr" as const, type, text })),
  ...filesOf("harbor/default").map(({ type, text }) => ({ sender: "harbor" as const, type, text })),
  ...filesOf("distribution").map(({ type, text }) => ({ sender: "distribution" as const, type, text })),
];

interface Sent {
  readonly mutation: Mutation;
  readonly sample: Sample;
  readonly status: number;
  /** The answer when it was sent again. */
  readonly again: number;
  /** The ids that its row, or one of its rows, may have. */
  readonly ids: readonly string[];
  /** What the data of its row, or of its rows, may be. */
  readonly data: readonly string[];
}

const registry = loadRegistry();
const tables = [...registry.tables.values()];
const byTable = new Map(tables.map((table) => [table.table, table]));
const sent: Sent[] = [];
/** By id: the table and the row. */
const rows = new Map<string, { readonly table: string; readonly row: ClientRow }[]>();

let pipeline: LivePipeline;
beforeAll(async () => {
  pipeline = await startLivePipeline({
    ZOT_TOKENS: "token-for-tests",
    MSR_SECRETS: "secret-for-tests",
    HARBOR_AUTHORIZATION: "value for tests",
    DISTRIBUTION_AUTHORIZATION: "value for tests",
  });
});
afterAll(() => pipeline.stop());

const text = (bytes: Uint8Array) => decodeUtf8(bytes) ?? Buffer.from(bytes).toString("base64");

async function sendCloudEvent(mutation: Mutation, { sender, type }: Sample, id: string) {
  const attributes = new Map([
    ["ce-id", id],
    ["ce-source", "mutations"],
    ["ce-type", type],
    ["ce-specversion", "1.0"],
    ["ce-time", "2026-08-20T10:00:00Z"],
    ["content-type", "application/json"],
  ]);
  const [name, value] = mutation.header ?? ["", undefined];
  if (value === undefined) attributes.delete(name);
  else attributes.set(name, value);
  let headers = Object.fromEntries(attributes);
  let body = mutation.data;
  if (mutation.mode !== "binary") {
    const members = [...attributes].map(([key, text]) => {
      const member = key === "content-type" ? "datacontenttype" : key.replace(/^ce-/, "");
      return `${JSON.stringify(member)}:${JSON.stringify(text)}`;
    });
    const event = Buffer.concat([Buffer.from(`{${members.join(",")},"data":`), body, Buffer.from("}")]);
    const isBatch = mutation.mode === "batched";
    body = isBatch ? Buffer.concat([Buffer.from("["), event, Buffer.from("]")]) : event;
    headers = { "content-type": `application/cloudevents${isBatch ? "-batch" : ""}+json` };
  }
  return sender === "chainguard"
    ? pipeline.post(body, headers)
    : pipeline.send("/zot", body, { ...headers, authorization: "Bearer token-for-tests" });
}

function sendOwn({ data }: Mutation, { sender }: Sample): Promise<number> {
  const path = sender === "msr" ? "/msr/secret-for-tests" : `/${sender}`;
  return pipeline.send(path, data, { "content-type": "application/json", authorization: "value for tests" });
}

/** What the data of the row, or of the rows, may be for a body in a sender's own format. */
function partsOf(sender: Sample["sender"], body: string): readonly string[] {
  if (sender === "harbor") return harborParts(parsed(body));
  const events = sender === "distribution" ? eventsOf(body) : undefined;
  return Array.isArray(events) ? (events as readonly Json[]).map((event) => JSON.stringify(event)) : [];
}

/** `event_data`, and under `default_format` what has no place in a CloudEvent: see `docs/use/senders.md`. */
function harborParts(whole: Json | undefined): readonly string[] {
  if (!isObject(whole)) return [];
  const { type: _, occur_at, operator, event_data, ...others } = whole;
  const data = isObject(event_data) || event_data === undefined ? event_data : { event_data };
  const times = occur_at === undefined ? [{}] : [{}, { occur_at }];
  const operators = typeof operator === "string" || operator === undefined ? {} : { operator };
  return times.map((time) => {
    const rest = { ...others, ...time, ...operators };
    if (Object.keys(rest).length === 0) return JSON.stringify(event_data ?? {});
    return JSON.stringify({ ...data, default_format: rest });
  });
}

const eventsOf = (body: string) => (parsed(body) as { readonly events?: Json } | null | undefined)?.events;

function parsed(source: string): Json | undefined {
  try {
    return parseJson(source).value;
  } catch {
    return undefined;
  }
}

/** A notification's events have ids of their own, by which two mutations of one sample would be one event. */
const withIdsOf = (number: number, data: Buffer) =>
  Buffer.from(
    data.toString("latin1").replaceAll(DISTRIBUTION_ID, (id) => `${id}-${number}`),
    "latin1",
  );
const DISTRIBUTION_ID = /7a6f0e52-[-0-9a-f]{27}/g;

async function send(made: Mutation, number: number): Promise<Sent> {
  const sample = samples[made.sample] as Sample;
  const mutation = { ...made, data: withIdsOf(number, made.data) };
  const id = `m-${number}`;
  const isCloudEvent = sample.sender === "chainguard" || sample.sender === "zot";
  const once = () => (isCloudEvent ? sendCloudEvent(mutation, sample, id) : sendOwn(mutation, sample));
  const status = await once();
  const again = mutation.twice ? await once() : status;
  const whole = createHash("sha256").update(mutation.data).digest("hex");
  const body = text(mutation.data);
  const parts = partsOf(sample.sender, body);
  const own = parts.map((event) => (parsed(event) as { id?: Json } | null | undefined)?.id);
  return {
    mutation,
    sample,
    status,
    again,
    ids: isCloudEvent ? [id] : [whole, ...own.filter((one) => typeof one === "string")],
    data: [body, ...parts],
  };
}

const explain = ({ mutation, sample, status }: Sent) =>
  `${status} ${sample.sender} ${sample.type} ${mutation.mode} ${JSON.stringify(mutation.header)} ${text(mutation.data).slice(0, 600)}`;

/** A part is written anew in this test, so that a character may be escaped in one text and not in the other. */
function isSameValue(one: string, other: string): boolean {
  const value = parsed(one);
  return value !== undefined && isDeepStrictEqual(value, parsed(other));
}

/** https://www.rfc-editor.org/rfc/rfc8259#section-2, `ws`. */
const AROUND_VALUE = /^[ \t\n\r]+|[ \t\n\r]+$/g;

/** Whether a row says what was sent: all of its data in columns and `extra`, or its data to the letter (of a part: to the digit). */
function isIntact({ data, mutation }: Sent, table: string, row: ClientRow): boolean {
  if (table !== "rejected_events" && table !== "unregistered_events") {
    return data.some((one) => {
      const value = parsed(one);
      return value !== undefined && missingIn(row, byTable.get(table) as never, value).length === 0;
    });
  }
  const bytes = row["data_base64"] as Uint8Array | null;
  const kept = bytes === null ? (row["data"] as string) : text(bytes);
  const [body, ...parts] = data;
  // As a member of a JSON document it begins and ends with its value.
  const isValue = mutation.mode !== "binary" && kept === body?.replaceAll(AROUND_VALUE, "");
  return kept === body || isValue || parts.some((part) => kept === part || isSameValue(part, kept));
}

test(`${COUNT} mutations are sent, and none is answered with a fault of ours (SEED=${SEED})`, {
  timeout: 300_000,
}, async () => {
  const all = fc.sample(mutations(samples.map((sample) => sample.text)), { seed: SEED, numRuns: COUNT });
  let next = 0;
  const sender = async () => {
    for (let number = next++; number < all.length; number = next++)
      sent.push(await send(all[number] as Mutation, number));
  };
  await inOneLoad(pipeline, () => Promise.all(Array.from({ length: SENDERS }, sender)));

  expect(sent.filter(({ status, again }) => status !== again).map(explain)).toEqual([]);
  const counts = Object.groupBy(sent, ({ status }) => String(status));
  console.log(
    Object.entries(counts)
      .map(([status, list]) => `${list?.length} answers ${status}`)
      .join(", "),
  );
  const known = ["202", "400", "415"];
  const others = sent.filter(({ status }) => !known.includes(String(status)));
  expect(others.map(explain)).toEqual([]);
  for (const status of known) expect(counts[status]?.length ?? 0, status).toBeGreaterThan(0);
});

const accepted = () => sent.filter(({ status }) => status === 202);
/** A notification of no events owes no row. */
const owesRows = ({ sample, data }: Sent) =>
  sample.sender !== "distribution" || JSON.stringify(eventsOf(data[0] as string)) !== "[]";
const lost = () => accepted().filter((one) => owesRows(one) && !one.ids.some((id) => rows.has(id)));

async function readRows(): Promise<void> {
  rows.clear();
  for (const { table } of tables) {
    const found = await pipeline.query<ClientRow>(`SELECT * FROM ${table}`, {}, { wrapIntegers: true });
    for (const row of found) {
      const id = row["ce_id"] as string;
      rows.set(id, [...(rows.get(id) ?? []), { table, row }]);
    }
  }
}

test("everything accepted arrives", { timeout: 1_300_000 }, async () => {
  const ofTheirOwn = accepted().filter(({ ids }) => ids[0]?.startsWith("m-"));
  await expect.poll(() => bookedRows(pipeline), PATIENCE).toBeGreaterThanOrEqual(ofTheirOwn.length);
  const pending = async () => (await pipeline.bucket.getFiles({ prefix: "pending/" }))[0].length;
  await expect.poll(pending, PATIENCE).toBe(0);
  // A notification holds several events, or those of another one, so that the sum says too little.
  await expect.poll(() => readRows().then(() => lost().length), PATIENCE).toBe(0);
});

test("what was accepted is in one table, once, with its content intact", () => {
  expect(lost().map(explain)).toEqual([]);
  const changed = accepted()
    .filter(owesRows)
    .filter((one) =>
      one.ids.every((id) => (rows.get(id) ?? []).every(({ table, row }) => !isIntact(one, table, row))),
    );
  const seen = (one: Sent) => [
    explain(one),
    ...one.ids.map((id) => JSON.stringify(rows.get(id) ?? "no row").slice(0, 1_000)),
  ];
  expect(changed.map(seen)).toEqual([]);
  const twice = [...rows].filter(([id, list]) => id.startsWith("m-") && list.length !== 1);
  expect(twice.map(([id]) => id)).toEqual([]);
  const kinds = new Set([...rows.values()].flat().map(({ table }) => table));
  expect(kinds.size).toBeGreaterThan(100);
  expect(kinds).toContain("rejected_events");
  expect(kinds).toContain("unregistered_events");
});

test("what was refused has left nothing", () => {
  const refused = sent.filter(({ status }) => status !== 202);
  expect(refused.filter(({ ids }) => ids.some((id) => rows.has(id))).map(explain)).toEqual([]);
});

test("no load job was refused", async () => {
  const [files] = await pipeline.bucket.getFiles({ prefix: "quarantine/" });
  expect(files.map(({ name }) => name)).toEqual([]);
});
