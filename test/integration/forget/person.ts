/** A person who is in everything that the pipeline and its commands make. */
import { gzipSync } from "node:zlib";
import { PubSub } from "@google-cloud/pubsub";
import { drain } from "#services/batcher/drain.ts";
import { load } from "#services/loader/load.ts";
import { type Message, toMessage } from "#services/shared/message.ts";
import { PULL_TYPE, pullMessage } from "#test/support/pull-message.ts";
import { drainLimits, loadLimits, type StandInCloud } from "#test/support/stand-in-cloud.ts";

export const EMAIL = "ada@acme.example";
/** Not her. */
export const OTHER = "bada@acme.example";
export const HERS = /(?<!b)ada@acme\.example/;
export const PULLS = "dev_chainguard_registry_pull_v1";

const STAGING = "cloudevents_pull_event_recorder_staging";
const never = new AbortController().signal;

const pullBy = (email: string, tag: string) =>
  `{"actor":{"act":{"email":"${email}"}},"body":{"repository":"a/b","tag":"${tag}","remote_address":"203.0.113.7"},"big":12345678901234567890,"note":"asked by ${email}"}`;

export const herPull = (id: string) => pullMessage(id, { data: pullBy(EMAIL, "x") });

/** Of a type without a schema; its data is no text. */
const bytesOf = (id: string): Message =>
  toMessage(
    {
      id,
      source: "s",
      type: "com.example.unknown",
      specversion: "1.0",
      subject: EMAIL,
      extensions: { actor: EMAIL },
      data: Buffer.from(`\xff${EMAIL}`, "latin1"),
    },
    { source: "test", receivedAt: Date.UTC(2026, 10, 20) },
  );

export async function drainAll(cloud: StandInCloud, messages: readonly Message[]): Promise<void> {
  for (const message of messages) await cloud.publish(message);
  let drained = 0;
  // A pull may give nothing although there is something.
  while (drained < messages.length) drained += (await drain(cloud.ports, drainLimits, never)).messages;
}

export const loadAll = (cloud: StandInCloud) => load(cloud.ports, loadLimits, never);

/** Events with rows: hers, twice, in capitals, another's, one that fits no schema, one whose JSON escapes her, one of bytes. */
export async function fillTables(cloud: StandInCloud): Promise<void> {
  await drainAll(cloud, [
    herPull("hers"),
    herPull("hers"),
    pullMessage("loud", { data: pullBy(EMAIL.toUpperCase(), "x") }),
    pullMessage("others", { data: pullBy(OTHER, "y") }),
    pullMessage("rejected", { data: `{"body":"${EMAIL}"}` }),
    pullMessage("escaped", { data: '{"body":["ada\\u0040acme.example"]}' }),
    bytesOf("bytes"),
  ]);
  await loadAll(cloud);
}

const json = { contentType: "application/json" };
const gzip = { contentType: "application/gzip" };

/** What is not in the archive: spill, dead letters in bucket and Pub/Sub, quarantine, exports, staging and other tables. */
export async function fillAside(cloud: StandInCloud): Promise<void> {
  const { store } = cloud.ports;
  const { attributes, data } = bytesOf("aside");
  const message = { attributes, data_base64: Buffer.from(data).toString("base64") };
  const text = (value: unknown) => Buffer.from(JSON.stringify(value));
  await store.create("spill/1.json", text(message), json);
  await store.create("dead-letters/1.json", text({ ...message, reason: `bad: ${EMAIL}` }), json);
  await store.create("quarantine/spill/2.json", Buffer.from(`{"broken ${EMAIL}`), json);
  await store.create("exports/all.csv", Buffer.from(`who,what\n${EMAIL},"a ""quoted"" pull"\n`), json);
  await store.create(
    "exports/rows.ndjson.gz",
    gzipSync(`{"email":"${EMAIL}"}\n{"email":"${OTHER}"}\n`),
    gzip,
  );
  await cloud.query(`CREATE TABLE mine AS SELECT ce_source, ce_id, actor FROM ${PULLS}`);
  await cloud.query(`CREATE TABLE ${STAGING}.staging_left AS SELECT * FROM ${PULLS}`);
  const pubsub = new PubSub({ projectId: "pullhouse-local" });
  await pubsub.topic("pullhouse-events-dead-letters").publishMessage({ attributes, data: Buffer.from(data) });
  await pubsub.close();
  // BigQuery says which value it refuses, the loader books it and puts it beside the object.
  const object = `events/${PULL_TYPE}/dt=2026-11-20/01ARZ3NDEKTSV4RRFFQ69G5FAV.ndjson.gz`;
  const row = {
    ce_id: "r",
    ce_source: "cgr.dev",
    ce_type: PULL_TYPE,
    received_at: EMAIL,
    source: "chainguard",
  };
  const bytes = gzipSync(`${JSON.stringify(row)}\n`);
  const manifest = {
    object,
    rows: 1,
    bytes: bytes.byteLength,
    sha256: "0",
    minTime: null,
    maxTime: null,
    untimed: 1,
    oldestReceivedAt: null,
    drainedAt: new Date().toISOString(),
  };
  const metadata = { "pullhouse-manifest": JSON.stringify(manifest) };
  await store.create(object, bytes, { ...gzip, metadata });
  await store.create(`pending/${PULL_TYPE}/01ARZ3NDEKTSV4RRFFQ69G5FAV`, text(manifest), json);
  await loadAll(cloud);
}
