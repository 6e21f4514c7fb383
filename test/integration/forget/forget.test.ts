/** `pullhouse forget`: one identity is gone from bucket and tables, everything else is as it was. */
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pullMessage } from "#test/support/pull-message.ts";
import { type StandInCloud, startStandInCloud } from "#test/support/stand-in-cloud.ts";
import { pullhouseHere as pullhouse } from "../cli/run-command.ts";
import { drainAll, EMAIL, fillAside, fillTables, HERS, loadAll, PULLS } from "./person.ts";
import { placesOf, snapshotOf } from "./stored.ts";

let cloud: StandInCloud;
beforeEach(async () => {
  cloud = await startStandInCloud();
});
afterEach(() => cloud.close());

const run = (...args: string[]) => pullhouse(args, cloud.env);
const rows = (table = PULLS) => cloud.query<Record<string, unknown>>(`SELECT * FROM ${table} ORDER BY ce_id`);
const EVENTS_ONLY = ["cloudevents_pull_event_recorder"];

test("without --yes it lists where it is, and changes nothing", async () => {
  await fillTables(cloud);
  await run("replay", "--type", "dev.chainguard.registry.pull.v1", "--into", "copy_of_pulls");
  await fillAside(cloud);
  const before = await snapshotOf(cloud);
  const { status, out, error } = await run("forget", EMAIL);
  expect(error).toBe("");
  expect(out.split("Out of reach")[0]?.split("\n")).toEqual([
    expect.stringMatching(/^dead-letters\/: 1 line in 1 object \(\d+ bytes\)$/),
    expect.stringMatching(/^events\/dev\.chainguard\.registry\.pull\.v1\/: 4 lines in 2 objects/),
    expect.stringMatching(/^events\/rejected_events\/: 2 lines in 1 object/),
    expect.stringMatching(/^events\/unregistered_events\/: 1 line in 1 object/),
    expect.stringMatching(/^exports\/: 2 lines in 2 objects/),
    expect.stringMatching(/^quarantine\/: 3 lines in 3 objects/),
    expect.stringMatching(/^spill\/: 1 line in 1 object/),
    "table cloudevents_pull_event_recorder_staging.staging_left: 2 rows",
    "table copy_of_pulls: 2 rows",
    `table ${PULLS}: 2 rows`,
    "table loads: 1 row",
    "table mine: 2 rows",
    "table rejected_events: 2 rows",
    "table unregistered_events: 1 row",
    "nothing was changed; --yes does it",
    "",
  ]);
  expect(out).toContain("BigQuery's time travel: 7 days");
  expect(status).toBe(0);
  expect(await snapshotOf(cloud)).toBe(before);
});

test("--yes takes it out of everything that is stored, and no question takes what is left for a replay", async () => {
  await fillTables(cloud);
  await run("replay", "--type", "dev.chainguard.registry.pull.v1", "--into", "copy_of_pulls");
  await fillAside(cloud);
  const [others] = (await rows()).filter((row) => row["ce_id"] === "others");
  const findings = JSON.parse((await run("prove", "--since", "2h", "--json")).out) as { findings: unknown };
  expect(await placesOf(cloud, HERS)).not.toEqual([]);

  const { status, out, error } = await run("forget", EMAIL, "--yes");
  expect(await placesOf(cloud, HERS)).toEqual([]);
  expect(error).toBe("");
  expect(out).toContain("it is nowhere in bucket and tables any more");
  expect(status).toBe(0);
  expect((await run("forget", EMAIL)).out).toMatch(/^it is nowhere in bucket and tables\n/);

  const found = await rows();
  expect(found.map((row) => row["ce_id"])).toEqual(["hers", "loud", "others"]);
  expect(found[0]).toMatchObject({ actor: { act: { email: "forgotten" } }, data_digest: null });
  expect(found[2]).toEqual(others);
  expect((await rows("mine")).map((row) => row["ce_id"])).toEqual(["hers", "loud", "others"]);
  // Numbers and everything else are to the letter.
  const all = await snapshotOf(cloud);
  expect(all.match(/12345678901234567890/g)?.length).toBeGreaterThanOrEqual(4);
  expect(all).toContain("asked by forgotten");
  expect(all).toContain('forgotten,"a ""quoted"" pull"');
  expect(await placesOf(cloud, /bada@acme\.example/)).not.toEqual([]);

  // Nothing is out of balance that was not before.
  const after = JSON.parse((await run("prove", "--since", "2h", "--json")).out) as { findings: unknown };
  expect(JSON.stringify(after.findings)).toBe(
    JSON.stringify(findings.findings).replaceAll(EMAIL, "forgotten"),
  );
});

test("the books balance afterwards, and a replay brings back what is left and nothing more", async () => {
  await fillTables(cloud);
  expect(await run("forget", EMAIL, "--yes")).toMatchObject({ status: 0, error: "" });
  const proof = await run("prove", "--since", "2h");
  expect(proof.status, proof.out).toBe(0);
  await cloud.dropTable(PULLS);
  await run("replay", "--type", "dev.chainguard.registry.pull.v1");
  expect(await rows()).toHaveLength(3);
  expect(await placesOf(cloud, HERS, EVENTS_ONLY)).toEqual([]);
});

test("what cannot be changed is named and as it was: rows that cannot be told apart, an object that is no text", async () => {
  await fillTables(cloud);
  await cloud.query(
    `CREATE TABLE twice AS SELECT ce_source, ce_id, actor FROM ${PULLS} UNION ALL SELECT ce_source, ce_id, actor FROM ${PULLS}`,
  );
  await cloud.query(
    `CREATE TABLE counts AS SELECT actor.act.email AS email, COUNT(*) AS pulls FROM ${PULLS} GROUP BY 1`,
  );
  await cloud.bucket.file(`exports/${EMAIL}/all.csv`).save("nothing");
  await cloud.bucket.file("exports/all.bin").save(Buffer.concat([Buffer.of(0xff), Buffer.from(EMAIL)]));
  const before = JSON.stringify(await rows("twice"));
  const { status, out } = await run("forget", EMAIL, "--yes");
  expect(out).toContain("it stays, or may stay, here:\n  counts: 2 rows: it is no table of events");
  expect(out).toContain(
    `\n  exports/${EMAIL}/all.csv: its name has it: rename it\n  exports/all.bin: it is no text\n`,
  );
  expect(out).toContain("\n  twice: 4 rows: it has several rows of one event");
  expect(status).toBe(1);
  expect(JSON.stringify(await rows("twice"))).toBe(before);
  // All others are done.
  expect((await rows())[0]).toMatchObject({ actor: { act: { email: "forgotten" } } });
});

test("a row that another sender has under the same source and id keeps nothing from being forgotten", async () => {
  await drainAll(cloud, [
    pullMessage("same", { data: `{"body":"${EMAIL}"}` }),
    pullMessage("same", { data: `{"body":"hers as well: ${EMAIL}"}`, sender: "zot" }),
    pullMessage("same", { data: '{"body":"no one\'s"}', sender: "harbor" }),
  ]);
  await loadAll(cloud);
  await cloud.query("CREATE TABLE kept AS SELECT * FROM rejected_events");
  expect(await rows("rejected_events")).toHaveLength(3);
  const { status, error } = await run("forget", EMAIL, "--yes");
  expect(error).toBe("");
  expect(status).toBe(0);
  expect(await placesOf(cloud, HERS)).toEqual([]);
  for (const table of ["rejected_events", "kept"]) {
    const data = (await rows(table)).map((row) => `${String(row["source"])}: ${String(row["data"])}`);
    expect(data.toSorted()).toEqual([
      'chainguard: {"body":"forgotten"}',
      'harbor: {"body":"no one\'s"}',
      'zot: {"body":"hers as well: forgotten"}',
    ]);
  }
});

test("dead letters that Pub/Sub wrote as files become objects, and lose it", async () => {
  const [own] = await cloud.bucket.storage.createBucket(`${cloud.bucket.name}-dead-letter`);
  const file = own.file("dead-letters/2026-11-20/deflate.avro");
  await file.save(readFileSync("test/fixtures/dead-letters/deflate.avro"));
  expect((await run("forget", "avro-11")).out).toContain("dead-letters/2026-11-20/deflate.avro: it is Avro");
  expect(await run("forget", "avro-11", "--yes")).toMatchObject({ status: 0, error: "" });
  expect((await run("forget", "avro-11")).out).toContain("it is nowhere");
  expect(await placesOf(cloud, /avro-11/, EVENTS_ONLY)).toEqual([]);
  expect(await placesOf(cloud, /avro-10/, EVENTS_ONLY)).not.toEqual([]);
});

test("an address is that address, not one that begins like it", async () => {
  await fillTables(cloud);
  expect((await run("forget", "203.0.113.7")).out).toContain(`table ${PULLS}: 3 rows`);
  expect((await run("forget", "203.0.113")).out).toContain("it is nowhere");
});

test.each([
  ["a.b", "at least 4 characters"],
  ['ada"@acme.example', "a quote"],
])("%s is refused: it %s", async (text, why) => {
  const { status, error } = await run("forget", text);
  expect(error).toContain(why);
  expect(status).toBe(2);
});
