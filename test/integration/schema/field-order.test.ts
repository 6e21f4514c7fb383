/** A schema file whose records have another order than the table that grew from it: every value stays under its name. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { drain } from "#services/batcher/drain.ts";
import { load } from "#services/loader/load.ts";
import { toMessage } from "#services/shared/message.ts";
import { loadRegistry, type Registry } from "#services/shared/schema/registry.ts";
import {
  drainLimits,
  loadLimits,
  type StandInCloud,
  startStandInCloud,
} from "#test/support/stand-in-cloud.ts";
import { pullhouseHere as pullhouse } from "../cli/run-command.ts";
import { type SchemaFolder, schemaFolder } from "./schema-folder.ts";

const TYPE = "dev.example.order.v1";
const TABLE = "dev_example_order_v1";
const never = new AbortController().signal;

const text = (name: string, more: object = {}) => ({ name, type: "STRING", description: "Text.", ...more });
const record = (name: string, fields: readonly object[], mode = "NULLABLE") => ({
  ...text(name, { type: "RECORD", mode }),
  fields,
});
const list = (name: string, fields: readonly object[]) => record(name, fields, "REPEATED");

const FIRST = [
  record("person", [text("name"), text("team"), record("home", [text("city"), text("street")])]),
  list("items", [text("key"), text("value")]),
];
/** New fields first and in the middle, the old ones turned round, at every level; all but `count` are text. */
const SECOND = [
  list("items", [text("note"), text("value"), text("key")]),
  text("room"),
  record("person", [
    text("mail"),
    record("home", [text("street"), text("zip"), text("city")]),
    record("work", [text("desk"), text("floor")]),
    text("team"),
    text("count", { type: "INTEGER" }),
    text("name"),
  ]),
];

const OLD_DATA = {
  person: { name: "Ada", team: "red", home: { city: "Bern", street: "Gasse" } },
  items: [{ key: "k", value: "v" }],
};
const NEW_DATA = {
  room: "blue room",
  person: {
    name: "Bob",
    mail: "bob@acme.example",
    team: "green",
    count: 7,
    home: { city: "Basel", zip: "4000", street: "Weg" },
    work: { desk: "d1", floor: "f2" },
  },
  items: [{ key: "k1", note: "n1", value: "v1" }, { value: "v2" }],
};

let cloud: StandInCloud;
let folder: SchemaFolder;
let first: Registry;
let second: Registry;
/** Like the first, with the first two fields of each record turned. */
let turned: Registry;
beforeEach(async () => {
  folder = schemaFolder();
  folder.write(`${TYPE}.json`, FIRST);
  first = loadRegistry(folder.directory);
  const turn = ({ fields: [one, two, ...others], ...column }: (typeof FIRST)[number]) => ({
    ...column,
    fields: [two, one, ...others],
  });
  folder.write(`${TYPE}.json`, FIRST.map(turn));
  turned = loadRegistry(folder.directory);
  folder.write(`${TYPE}.json`, SECOND);
  second = loadRegistry(folder.directory);
  cloud = await startStandInCloud();
});
afterEach(async () => {
  folder.delete();
  await cloud.close();
});

async function archive(registry: Registry, events: Readonly<Record<string, object>>): Promise<void> {
  for (const [id, data] of Object.entries(events)) {
    const event = { id, source: "s", type: TYPE, specversion: "1.0", time: "2026-11-20T10:00:00Z" };
    const content = { extensions: {}, data: Buffer.from(JSON.stringify(data)) };
    const receivedAt = Date.UTC(2026, 10, 20, 10);
    await cloud.publish(toMessage({ ...event, ...content }, { source: "test", receivedAt }));
  }
  // A pull may give nothing although there is something.
  let messages = 0;
  while (messages < Object.keys(events).length)
    messages += (await drain({ ...cloud.ports, registry }, drainLimits, never)).messages;
}

async function loadWith(registry: Registry): Promise<void> {
  const report = await load({ ...cloud.ports, registry }, loadLimits, never);
  expect(report).toMatchObject({ outcome: "loaded", reasons: [] });
  expect(report.plans.flatMap(({ quarantined }) => quarantined)).toEqual([]);
}

const rows = () => cloud.query<object>(`SELECT * FROM ${TABLE} ORDER BY ce_id`);
const run = (...args: string[]) => pullhouse(args, { ...cloud.env, SCHEMAS_FOLDER: folder.directory });

test("new fields that are not last, and fields in another order, at every level", async () => {
  await archive(first, { old: OLD_DATA });
  await loadWith(first);
  await archive(second, { new: NEW_DATA, old: OLD_DATA, plain: { room: "no record" } });
  await loadWith(second);
  const [added, old, plain] = await rows();
  expect(added).toMatchObject({ ce_id: "new", ...NEW_DATA, items: [NEW_DATA.items[0], { value: "v2" }] });
  expect(old).toMatchObject({ ce_id: "old", ...OLD_DATA, room: null });
  expect(plain).toMatchObject({ ce_id: "plain", room: "no record", person: null, items: [] });
});

test("fields of one type in another order do not change places", async () => {
  const pair = { person: { name: "Ada", team: "red" }, items: [{ key: "k", value: "v" }] };
  await archive(first, { one: pair });
  await loadWith(first);
  await archive(turned, { two: pair });
  await loadWith(turned);
  expect(await rows()).toMatchObject([pair, pair]);
});

test("a staging table of before its table was made anew is not used", async () => {
  await archive(first, { one: OLD_DATA });
  const { warehouse } = cloud.ports;
  const execute = async () => {
    throw new Error("killed before the MERGE");
  };
  const killed = { ...cloud.ports, registry: first, warehouse: { ...warehouse, execute } };
  expect(await load(killed, loadLimits, never)).toMatchObject({ outcome: "partial" });
  await cloud.dropTable(TABLE);

  const given = await load({ ...cloud.ports, registry: turned }, loadLimits, never);
  expect(given.reasons).toEqual([expect.stringContaining("are not those of its staging table")]);
  await loadWith(turned);
  expect(await rows()).toMatchObject([OLD_DATA]);
});

test("a loader of an older file fills records that have grown since", async () => {
  await archive(second, { new: NEW_DATA });
  await loadWith(second);
  await archive(first, { old: OLD_DATA });
  await loadWith(first);
  expect((await rows())[1]).toMatchObject({ ce_id: "old", ...OLD_DATA, room: null });
});

test("a loader of an older file keeps fields and columns that it does not know", async () => {
  await archive(second, { grown: NEW_DATA });
  await loadWith(second);
  const { room: _, ...known } = NEW_DATA;
  await archive(second, { inside: known });
  await loadWith(first);
  expect((await rows())[1]).toMatchObject({
    ce_id: "inside",
    ...known,
    items: [known.items[0], { value: "v2" }],
  });

  await archive(second, { beside: NEW_DATA });
  await loadWith(first);
  expect((await rows())[0]).toMatchObject({
    ce_id: "beside",
    ...NEW_DATA,
    items: [NEW_DATA.items[0], { value: "v2" }],
  });
});

test("forget changes only what it is told to", async () => {
  await archive(first, { old: OLD_DATA });
  await loadWith(first);
  await archive(second, { new: NEW_DATA });
  await loadWith(second);
  expect(await run("forget", "bob@acme.example", "--yes")).toMatchObject({ status: 0, error: "" });
  const [added, old] = await rows();
  const person = { ...NEW_DATA.person, mail: "forgotten" };
  expect(added).toMatchObject({ ...NEW_DATA, person, items: [NEW_DATA.items[0], { value: "v2" }] });
  expect(old).toMatchObject(OLD_DATA);
});

test("replay --update brings fields out of extra to where the table has them", async () => {
  await archive(first, { early: NEW_DATA });
  await loadWith(first);
  expect((await rows())[0]).toMatchObject({ person: { name: "Bob", team: "green" } });
  expect(await run("replay", "--type", TYPE, "--update")).toMatchObject({ status: 0 });
  expect((await rows())[0]).toMatchObject({ room: NEW_DATA.room, person: NEW_DATA.person });
});
