/** `pullhouse replay` against the stand-ins: what was lost, late or grown comes out of the archive, once. */
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { drain } from "#services/batcher/drain.ts";
import { load } from "#services/loader/load.ts";
import type { CloudEvent } from "#services/shared/event.ts";
import { type Receipt, toMessage } from "#services/shared/message.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { FOREIGN_TYPE } from "#services/shared/type-owners.ts";
import { PULL_TYPE, pullMessage } from "#test/support/pull-message.ts";
import {
  drainLimits,
  loadLimits,
  type StandInCloud,
  startStandInCloud,
} from "#test/support/stand-in-cloud.ts";
import { pullhouseHere as pullhouse, type Ran } from "../cli/run-command.ts";
import { type SchemaFolder, schemaFolder } from "../schema/schema-folder.ts";

const never = new AbortController().signal;
const PULLS = "dev_chainguard_registry_pull_v1";
const BUILT = "com.example.built.v1";
const BUILT_TABLE = "com_example_built_v1";
const COLUMNS = [
  { name: "image", type: "STRING", mode: "NULLABLE", description: "What was built." },
  { name: "seconds", type: "INTEGER", mode: "NULLABLE", description: "How long it took." },
];

let cloud: StandInCloud;
let folder: SchemaFolder;
beforeEach(async () => {
  cloud = await startStandInCloud();
  folder = schemaFolder();
  folder.write(`${PULL_TYPE}.json`, readFileSync(`schemas/${PULL_TYPE}.json`, "utf8"));
});
afterEach(async () => {
  await cloud.close();
  folder.delete();
});

const run = (...args: string[]): Promise<Ran> =>
  pullhouse(args, { ...cloud.env, SCHEMAS_FOLDER: folder.directory });
const replay = (type: string, ...args: string[]) => run("replay", "--type", type, ...args);
const ports = () => ({ ...cloud.ports, registry: loadRegistry(folder.directory) });
const writeSchema = (columns: readonly object[]) => folder.write(`${BUILT}.json`, columns);

async function pulled(...ids: string[]): Promise<void> {
  for (const id of ids) await cloud.publish(pullMessage(id));
  await drain(ports(), drainLimits, never);
}

async function built(id: string, data: string): Promise<void> {
  await publishBuilt(id, data);
  await drain(ports(), drainLimits, never);
}

async function publishBuilt(id: string, data: string, receipt: Partial<Receipt> = {}): Promise<void> {
  const event: CloudEvent = {
    id,
    source: "ci",
    type: BUILT,
    specversion: "1.0",
    time: "2026-05-01T10:00:00.25Z",
    subject: "subject",
    datacontenttype: "application/json",
    extensions: { group: "a-group", run: "17" },
    data: Buffer.from(data),
  };
  const receivedAt = Date.parse("2026-05-01T10:00:01Z");
  await cloud.publish(toMessage(event, { source: "test", receivedAt, ...receipt }));
}

async function loadAll(): Promise<void> {
  expect(await load(ports(), loadLimits, never)).toMatchObject({ reasons: [] });
}

const idsIn = async (table: string) =>
  (await cloud.query<{ ce_id: string }>(`SELECT ce_id FROM ${table} ORDER BY ce_id`)).map(
    ({ ce_id }) => ce_id,
  );

async function expectBalance(): Promise<void> {
  const { status, out, error } = await run("prove", "--since", "2h");
  expect(`${out}${error}`).toContain("balance");
  expect(status, `${out}${error}`).toBe(0);
}

describe("a dropped table", () => {
  test("is rebuilt with every row, and again there is nothing new", async () => {
    await pulled("a", "b");
    await pulled("c", "b");
    await loadAll();
    const before = await cloud.query(`SELECT * EXCEPT (loaded_at) FROM ${PULLS} ORDER BY ce_id`);
    await cloud.dropTable(PULLS);

    const dry = await replay(PULL_TYPE, "--dry-run");
    expect(dry).toMatchObject({ status: 0, error: "" });
    expect(dry.out).toContain("2 objects, 4 rows");
    await expect(cloud.query(`SELECT * FROM ${PULLS}`)).rejects.toThrow("Not found");

    const first = await replay(PULL_TYPE);
    expect(first).toMatchObject({ status: 0 });
    expect(first.out).toContain(`${PULLS}: 4 rows read, 3 were new`);
    expect(await cloud.query(`SELECT * EXCEPT (loaded_at) FROM ${PULLS} ORDER BY ce_id`)).toEqual(before);
    expect((await replay(PULL_TYPE)).out).toContain("4 rows read, 0 were new");
    await expectBalance();
  });

  test("what a killed replay has marked, the loader loads; the replay goes on where it was", async () => {
    await pulled("a");
    await pulled("b");
    await loadAll();
    await cloud.dropTable(PULLS);
    // As it is when the kill comes between the marks and the load.
    const [file] = await cloud.ports.store.list("events/", 1);
    const [, , id = ""] = /dt=([^/]+)\/(.+)\.ndjson\.gz$/.exec(file as string) ?? [];
    const [metadata] = await cloud.bucket.file(file as string).getMetadata();
    const manifest = (metadata.metadata as Record<string, string>)["pullhouse-manifest"] as string;
    await cloud.ports.store.create(`pending/${PULL_TYPE}/${id}`, Buffer.from(manifest), {
      contentType: "application/json",
    });
    await loadAll();
    expect(await idsIn(PULLS)).toEqual(["a"]);
    expect((await replay(PULL_TYPE)).out).toContain("2 rows read, 1 were new");
    expect(await idsIn(PULLS)).toEqual(["a", "b"]);
    await expectBalance();
  });

  test("into another table, and only some days of it", async () => {
    await pulled("a");
    await loadAll();
    expect((await replay(PULL_TYPE, "--into", "copy_of_pulls")).out).toContain("1 rows read, 1 were new");
    expect(await idsIn("copy_of_pulls")).toEqual(["a"]);
    expect((await replay(PULL_TYPE, "--into", "copy_of_pulls")).out).toContain("1 rows read, 0 were new");
    const none = await replay(PULL_TYPE, "--into", "older", "--to", "2020-01-01");
    expect(none.out).toContain("0 rows read");
    expect(await idsIn("older")).toEqual([]);
    expect(await cloud.ports.store.list("replays/", 10)).toEqual([]);
    await expectBalance();
  });
});

describe("a schema that came late", () => {
  test("its events move out of unregistered_events, with everything that was known of them", async () => {
    await built("a", '{"image":"x","seconds":12345678901234567,"more":{"b":1.0}}');
    await built("b", '{"image":"y","seconds":2}');
    await pulled("pull");
    await loadAll();
    expect(await idsIn("unregistered_events")).toEqual(["a", "b"]);
    writeSchema(COLUMNS);

    expect((await replay(BUILT, "--dry-run")).out).toContain("unregistered_events: 2 of its events fit now");
    expect(await idsIn("unregistered_events")).toEqual(["a", "b"]);
    const { out, status } = await replay(BUILT);
    expect(status).toBe(0);
    expect(out).toContain("unregistered_events: 2 events fit now, 2 were new, 2 rows moved out");
    expect(await idsIn("unregistered_events")).toEqual([]);
    const rows = await cloud.query<Record<string, unknown>>(
      `SELECT *, CAST(seconds AS STRING) AS exact, TO_JSON_STRING(extra) AS rest FROM ${BUILT_TABLE} ORDER BY ce_id`,
    );
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      ce_id: "a",
      ce_source: "ci",
      ce_subject: "subject",
      ce_group: "a-group",
      ce_time: { value: "2026-05-01T10:00:00.250Z" },
      received_at: { value: "2026-05-01T10:00:01.000Z" },
      source: "test",
      image: "x",
      exact: "12345678901234567",
    });
    expect(JSON.parse(rows[0]?.["rest"] as string)).toEqual({ more: { b: 1 }, ce: { run: "17" } });
    expect((await replay(BUILT)).out).toContain("0 were new");
    await expectBalance();
  });

  test("what does not fit stays until it does, also beside what has moved out of the same object", async () => {
    writeSchema(COLUMNS);
    await publishBuilt("a", '{"seconds":"soon"}');
    await built("b", '{"image":7,"seconds":"later"}');
    await loadAll();
    expect(await idsIn("rejected_events")).toEqual(["a", "b"]);
    expect((await replay(BUILT, "--dry-run")).out).toContain(
      "rejected_events: 0 of its events fit now, 2 stay",
    );
    // No event has fitted so far, so the type has no table yet that a changed column could break.
    const corrected = [COLUMNS[0] as object, { ...COLUMNS[1], type: "STRING" }];
    writeSchema(corrected);
    const moved = await replay(BUILT);
    expect(moved).toMatchObject({ status: 0 });
    expect(moved.out).toContain(
      "rejected_events: 1 events fit now, 1 were new, 1 rows moved out, 1 still do not fit",
    );
    expect(await idsIn("rejected_events")).toEqual(["b"]);
    expect(await idsIn(BUILT_TABLE)).toEqual(["a"]);
    await expectBalance();

    // The correction was not all of it; the table of one row goes, and more of the same object fits.
    await cloud.dropTable(BUILT_TABLE);
    writeSchema([{ ...COLUMNS[0], type: "INTEGER" }, corrected[1] as object]);
    const rest = await replay(BUILT);
    expect(rest).toMatchObject({ status: 0 });
    expect(rest.out).toContain("2 events fit now, 1 were new, 1 rows moved out");
    expect(await idsIn("rejected_events")).toEqual([]);
    expect(await idsIn(BUILT_TABLE)).toEqual(["a", "b"]);
    await expectBalance();
  });
});

test("an event that its sender may not post never moves into the table of its type", async () => {
  const rejectedFor = (rule: string) => ({ unreadable: { pointer: "", rule, found: BUILT } });
  await publishBuilt("a", '{"image":"forged"}', { source: "zot", ...rejectedFor(FOREIGN_TYPE) });
  await publishBuilt("b", '{"image":"of another rule"}', rejectedFor("a rule that is gone"));
  await built("a", '{"image":"genuine"}');
  await loadAll();
  writeSchema(COLUMNS);
  expect((await replay(BUILT, "--dry-run")).out).toContain(
    "rejected_events: 1 of its events fit now, 1 stay",
  );
  await replay(BUILT);
  const rejected = await cloud.query(`SELECT ce_id, source FROM rejected_events WHERE ce_type = '${BUILT}'`);
  expect(rejected).toEqual([{ ce_id: "a", source: "zot" }]);
  expect(await cloud.query(`SELECT ce_id, image FROM ${BUILT_TABLE} ORDER BY ce_id`)).toEqual([
    { ce_id: "a", image: "genuine" },
    { ce_id: "b", image: "of another rule" },
  ]);
  await expectBalance();
});

describe("a schema that grew", () => {
  test("a column takes its values out of extra, where they fit it", async () => {
    writeSchema(COLUMNS.slice(0, 1));
    await publishBuilt("a", '{"image":"x","seconds":12345678901234567,"source":"git"}');
    await publishBuilt("b", '{"image":"y"}');
    await built("c", '{"image":"z","seconds":"soon"}');
    await loadAll();
    writeSchema([...COLUMNS, { ...COLUMNS[0], name: "data_source" }]);
    const { out } = await replay(BUILT, "--update");
    expect(out).toContain("`seconds` got its value out of extra in 1 rows");
    expect(out).toContain("`data_source` got its value out of extra in 1 rows");
    const rows = await cloud.query(
      `SELECT ce_id, CAST(seconds AS STRING) AS seconds, data_source FROM ${BUILT_TABLE} ORDER BY ce_id`,
    );
    expect(rows).toEqual([
      { ce_id: "a", seconds: "12345678901234567", data_source: "git" },
      { ce_id: "b", seconds: null, data_source: null },
      { ce_id: "c", seconds: null, data_source: null },
    ]);
    expect((await replay(BUILT, "--update")).out).toContain("nothing in extra waits for a column");
    await expectBalance();
  });

  test("fields in records and lists of records do, too, wherever the file has put them", async () => {
    const text = { type: "STRING", mode: "NULLABLE", description: "Something." };
    const record = { type: "RECORD", mode: "NULLABLE", description: "Some things." };
    const body = { ...record, name: "body" };
    writeSchema([{ ...body, fields: [{ ...text, name: "image" }] }]);
    const policies = '[{"policyName":"p","reasons":["r"]},{"policy_name":"q","more":1}]';
    await publishBuilt("a", `{"body":{"image":"x","host":"h","by":{"aws-arn":"n"},"policies":${policies}}}`);
    await publishBuilt("b", '{"body":{"image":"y","by":{"awsArn":"m"}}}');
    await built("c", '{"other":1}');
    await loadAll();
    const reasons = { ...text, name: "reasons", mode: "REPEATED" };
    const policy = { ...record, name: "policies", mode: "REPEATED" };
    writeSchema([
      {
        ...body,
        fields: [
          { ...text, name: "host" },
          { ...record, name: "by", fields: [{ ...text, name: "aws-arn" }] },
          { ...policy, fields: [reasons, { ...text, name: "policy_name" }] },
          { ...text, name: "image" },
        ],
      },
    ]);
    const { out, status, error } = await replay(BUILT, "--update");
    expect(status, error).toBe(0);
    expect(out).toContain("`body`.`by`.`aws-arn` got its value out of extra in 2 rows");
    const rows = await cloud.query(
      `SELECT body.image, body.host, body.by.\`aws-arn\` AS arn, body IS NULL AS none, ARRAY(
         SELECT CONCAT(policy_name, ':', IFNULL(ARRAY_TO_STRING(reasons, ','), ''))
         FROM UNNEST(body.policies)) AS policies
       FROM ${BUILT_TABLE} ORDER BY ce_id`,
    );
    expect(rows).toEqual([
      { image: "x", host: "h", arn: "n", none: false, policies: ["p:r", "q:"] },
      { image: "y", host: null, arn: "m", none: false, policies: [] },
      { image: null, host: null, arn: null, none: true, policies: [] },
    ]);
    await expectBalance();
  });
});

describe("what is refused", () => {
  test.each([
    ["a type without a schema", ["--type", "com.example.nothing"], "has no schema file"],
    ["a day that is none", ["--type", PULL_TYPE, "--from", "2026-02-30"], "--from: it takes a day"],
    [
      "days in the wrong order",
      ["--type", PULL_TYPE, "--from", "2026-02-02", "--to", "2026-02-01"],
      "is after",
    ],
    [
      "another type's table",
      ["--type", PULL_TYPE, "--into", "rejected_events"],
      "the table of something else",
    ],
    ["a rollup", ["--type", PULL_TYPE, "--into", "daily_pulls"], "the table of something else"],
    ["its own table", ["--type", PULL_TYPE, "--into", PULLS], "leave --into out"],
    ["a name that is none", ["--type", PULL_TYPE, "--into", "a.b"], "letters, digits"],
  ])("%s", async (_name, args, message) => {
    const { status, error, out } = await run("replay", ...args);
    expect(error).toContain(message);
    expect(out).toBe("");
    expect(status).toBe(2);
  });
});
