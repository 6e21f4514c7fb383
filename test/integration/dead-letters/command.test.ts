/** `pullhouse dead-letters` over the stand-ins: everything it lists can be shown, sent again and dropped. */
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { drain } from "#services/batcher/drain.ts";
import { load } from "#services/loader/load.ts";
import { PULL_TYPE, pullMessage } from "#test/support/pull-message.ts";
import {
  drainLimits,
  loadLimits,
  type StandInCloud,
  startStandInCloud,
} from "#test/support/stand-in-cloud.ts";
import { pullhouseHere as pullhouse, pullhouse as pullhouseProcess, type Ran } from "../cli/run-command.ts";

const never = new AbortController().signal;
const TABLE = "dev_chainguard_registry_pull_v1";
const NOT_TEXT = Buffer.from([0xff, 0xfe, 0x00]);
let cloud: StandInCloud;

beforeEach(async () => {
  cloud = await startStandInCloud();
});
afterEach(() => cloud.close());

const deadLetters = (...args: string[]): Promise<Ran> => pullhouse(["dead-letters", ...args], cloud.env);

interface Listed {
  readonly id: string;
  readonly kind: string;
  readonly type: string;
  readonly messages: number;
  readonly reason: string;
  readonly place: string;
}

async function list(): Promise<Listed[]> {
  const { status, out } = await deadLetters("list", "--json");
  expect(status).toBe(0);
  return out
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Listed);
}

/** Delivers a message until Pub/Sub gives it up, as batchers do that are killed. */
async function giveUp(id: string): Promise<void> {
  await cloud.publish(pullMessage(id));
  for (let attempt = 1; attempt <= 5; attempt++) {
    const deliveries = await cloud.ports.queue.pull(10, 5_000);
    expect(deliveries.map(({ attempt: which }) => which)).toEqual([attempt]);
    await cloud.ports.queue.extend(
      deliveries.map(({ ackId }) => ackId),
      0,
    );
  }
}

/** A batcher whose code cannot make a row of a type. */
async function condemn(id: string, more: Parameters<typeof pullMessage>[1] = {}): Promise<void> {
  await cloud.publish(pullMessage(id, { type: "com.example.odd", ...more }));
  const find = () => {
    throw new RangeError("too deep");
  };
  const ports = { ...cloud.ports, registry: { ...cloud.ports.registry, find } };
  expect(await drain(ports, drainLimits, never)).toMatchObject({ outcome: "drained", messages: 1 });
}

async function quarantineObject(...ids: string[]): Promise<{ object: string; good: Buffer }> {
  for (const id of ids) await cloud.publish(pullMessage(id));
  const [object = ""] = (await drain(cloud.ports, drainLimits, never)).objects;
  const file = cloud.bucket.file(object);
  const [good] = await file.download({ decompress: false });
  const [{ metadata }] = await file.getMetadata();
  await file.save(good.subarray(0, 40), {
    metadata: { contentType: "application/gzip", metadata: metadata ?? {} },
  });
  const report = await load(cloud.ports, loadLimits, never);
  expect(report.plans[0]?.quarantined).toEqual([object]);
  return { object, good };
}

const idsInTable = async (table: string) =>
  (await cloud.query<{ ce_id: string }>(`SELECT ce_id FROM ${table} ORDER BY ce_id`)).map(
    ({ ce_id: id }) => id,
  );

async function drainAndLoad(): Promise<void> {
  await drain(cloud.ports, drainLimits, never);
  await load(cloud.ports, loadLimits, never);
}

describe("messages", () => {
  test("what the batcher condemned and what Pub/Sub gave up stand in one list, and come again as they were", async () => {
    await giveUp("given-up");
    await condemn("condemned");

    const letters = await list();
    expect(letters).toMatchObject([
      {
        kind: "message",
        type: PULL_TYPE,
        messages: 1,
        reason: "Pub/Sub gave it up after too many deliveries",
      },
      { kind: "message", type: "com.example.odd", reason: "no row can be made of it: too deep" },
    ]);
    expect(await list()).toEqual(letters);

    const [givenUp] = letters;
    const shown = JSON.parse((await deadLetters("show", givenUp?.id ?? "")).out) as object;
    expect(shown).toMatchObject({
      attributes: pullMessage("given-up").attributes,
      attempt: 5,
      data: `{"body":{"repository":"a/b","tag":"given-up"}}`,
    });

    const retried = await deadLetters("retry", "--all");
    expect(retried.status).toBe(0);
    expect(retried.out).toBe(letters.map(({ id }) => `${id}: published again\n`).join(""));
    expect(retried.error).toContain('the alarm "drain" is not set');
    await drainAndLoad();
    expect(await idsInTable(TABLE)).toEqual(["given-up"]);
    expect(await idsInTable("unregistered_events")).toEqual(["condemned"]);
    expect(await list()).toEqual([]);
    expect((await deadLetters("list")).out).toBe(
      "There are no dead letters, and nothing is in quarantine.\n",
    );
  });

  test("data that is no text is shown in base64, and comes again byte for byte", async () => {
    const message = { ...pullMessage("bytes", { type: "com.example.odd" }), data: NOT_TEXT };
    const letter = { attributes: message.attributes, data_base64: NOT_TEXT.toString("base64") };
    await cloud.ports.store.create("dead-letters/77.json", Buffer.from(JSON.stringify(letter)), {
      contentType: "application/json",
    });
    expect((await deadLetters("show", "77")).out).toContain(
      `"data_base64": "${NOT_TEXT.toString("base64")}"`,
    );
    expect((await deadLetters("retry", "77")).status).toBe(0);
    const [delivery] = await cloud.ports.queue.pull(1, 5_000);
    expect(Buffer.from(delivery?.message.data ?? "")).toEqual(NOT_TEXT);
  });

  test("files that a subscription wrote into the bucket are taken apart; one that cannot be read stays", async () => {
    for (const codec of ["null", "deflate"])
      await cloud.bucket
        .file(`dead-letters/2026-11-20/${codec}.avro`)
        .save(readFileSync(`test/fixtures/dead-letters/${codec}.avro`));
    await cloud.bucket.file("dead-letters/bad.avro").save("no Avro");

    expect((await list()).map(({ id }) => id)).toEqual(["9000", "9001", "9002", "9010", "9011"]);
    const { error } = await deadLetters("drop", "9000", "9001", "9002", "9010", "--yes");
    expect(error).toContain(
      "dead-letters/bad.avro cannot be read and stays where it is: it is not an Avro file",
    );
    expect(await cloud.ports.store.list("dead-letters/", 10)).toEqual([
      "dead-letters/9011.json",
      "dead-letters/bad.avro",
    ]);
    await deadLetters("retry", "9011");
    await drainAndLoad();
    expect(await idsInTable(TABLE)).toEqual(["avro-11"]);
  });
});

describe("files in Pub/Sub's own bucket", () => {
  const files = async () => {
    const [bucket] = await cloud.bucket.storage.createBucket(`${cloud.bucket.name}-dead-letter`);
    await bucket
      .file("dead-letters/2026-11-20/null.avro")
      .save(readFileSync("test/fixtures/dead-letters/null.avro"));
    await bucket.file("dead-letters/bad.avro").save("no Avro");
    return bucket;
  };

  test("become dead letters of the bucket of the events; one that cannot be read stays", async () => {
    const bucket = await files();
    expect((await list()).map(({ id }) => id)).toEqual(["9000", "9001", "9002"]);
    const left = await bucket.getFiles();
    expect(left[0].map(({ name }) => name)).toEqual(["dead-letters/bad.avro"]);
    expect((await deadLetters("list")).error).toContain("dead-letters/bad.avro cannot be read and stays");
    await deadLetters("retry", "9000");
    await drainAndLoad();
    expect(await idsInTable(TABLE)).toEqual(["avro-0"]);
  });

  test("are counted by prove and doctor before anybody opens them", async () => {
    await files();
    await cloud.publish(pullMessage("loaded"));
    await drainAndLoad();
    const proof = await pullhouse(["prove", "--json"], cloud.env);
    const { waiting } = JSON.parse(proof.out) as { waiting: { place: string; count: number }[] };
    expect(waiting.find(({ place }) => place === "dead-letters/")?.count).toBe(2);
    const { out } = await pullhouse(["doctor", "--only", "dead-letters"], cloud.env);
    expect(out).toContain("2 with messages that it gave up");
  });
});

describe("quarantine", () => {
  test("an object is put back under the same id when its reason is gone, and the books balance again", async () => {
    const { object, good } = await quarantineObject("a", "b");
    const [letter, ...others] = await list();
    expect(others).toEqual([]);
    expect(letter).toMatchObject({
      kind: "object",
      type: PULL_TYPE,
      messages: 2,
      reason: expect.stringMatching(/gzip|invalid/i),
    });
    expect((await deadLetters("show", letter?.id ?? "")).out).toContain(object);
    expect((await pullhouse(["prove"], cloud.env)).status).toBe(1);

    const early = await deadLetters("retry", letter?.id ?? "");
    expect(early.out).toBe(`${letter?.id}: marked to be loaded again\n`);
    const [mark] = await cloud.ports.store.list("pending/", 10);
    expect(mark).toBe(`pending/${letter?.id}`);
    expect((await pullhouse(["prove"], cloud.env)).out).toContain("The books balance");
    // Its reason is not gone yet: it comes back, and nothing of it is lost.
    await load(cloud.ports, loadLimits, never);
    expect(await list()).toMatchObject([{ id: letter?.id, messages: 2 }]);

    const [{ metadata }] = await cloud.bucket.file(object).getMetadata();
    await cloud.bucket
      .file(object)
      .save(good, { metadata: { contentType: "application/gzip", metadata: metadata ?? {} } });
    expect((await deadLetters("retry", "--all")).status).toBe(0);
    await load(cloud.ports, loadLimits, never);

    expect(await idsInTable(TABLE)).toEqual(["a", "b"]);
    expect(await list()).toEqual([]);
    const proof = await pullhouse(["prove"], cloud.env);
    expect(proof.out).toContain("The books balance: every one of 2 messages is accounted for.");
    expect(proof.status).toBe(0);
  });

  test("an object that is gone from the archive is restored from its copy", async () => {
    const { object } = await quarantineObject("a");
    await cloud.bucket.file(object).delete();
    expect((await deadLetters("retry", "--all")).status).toBe(0);
    expect(await cloud.ports.store.list("events/", 10)).toEqual([object]);
    expect(await cloud.ports.store.list("quarantine/", 10)).toEqual([]);
  });

  test("a drop without --yes says what would be lost and does nothing; with it the copy goes, the archive stays", async () => {
    const { object } = await quarantineObject("a", "b");
    const [letter] = await list();
    const id = letter?.id ?? "";
    const asked = await deadLetters("drop", id);
    expect(asked.out).toBe(
      `would drop ${id}: 2 messages of ${PULL_TYPE}; the archive below events/ keeps them\n`,
    );
    expect(asked.error).toContain("nothing was dropped: add --yes to do it");
    expect(asked.status).toBe(2);
    expect(await cloud.ports.store.list("quarantine/", 10)).toHaveLength(2);

    expect(await deadLetters("drop", id, "--yes")).toEqual({ status: 0, out: `${id}: dropped\n`, error: "" });
    expect(await cloud.ports.store.list("quarantine/", 10)).toEqual([]);
    expect(await cloud.ports.store.list("events/", 10)).toEqual([object]);
    expect((await pullhouse(["prove"], cloud.env)).status).toBe(0);
  });

  test("what could not be read is listed, and put back where it was", async () => {
    const mark = `pending/${PULL_TYPE}/01BAD`;
    await cloud.ports.store.create(mark, Buffer.from("{"), { contentType: "text/plain" });
    await load(cloud.ports, loadLimits, never);
    expect(await list()).toMatchObject([{ id: mark, kind: "unreadable" }]);
    expect((await deadLetters("show", mark)).out).toBe("{\n");
    expect((await deadLetters("retry", mark)).out).toBe(`${mark}: put back as ${mark}\n`);
    expect(await cloud.ports.store.list("pending/", 10)).toEqual([mark]);
  });
});

test("a table for people shows each with its reason", async () => {
  await condemn("condemned");
  await quarantineObject("a");
  const { out } = await deadLetters("list");
  expect(out).toMatch(
    /message │ com\.example\.odd +│ +1 │ 20\d\d-.* UTC │ no row can be made of it: too deep/,
  );
  expect(out).toMatch(/object +│ dev\.chainguard\.registry\.pull\.v1 │ +1 │/);
  expect(out).toContain("2 in all");
});

test("a wrong use is status 2, and does nothing", async () => {
  await condemn("condemned");
  const before = await cloud.ports.store.list("dead-letters/", 10);
  const wrong: [string[], RegExp][] = [
    [["retry"], /name the ids, or --all/],
    [["retry", before[0] ?? "", "--all"], /name the ids, or --all/],
    [["retry", "x", "y"], /there is no x, y; `pullhouse dead-letters list`/],
    [["drop", "nothing", "--yes"], /there is no nothing/],
    [["show", "nothing"], /there is no nothing/],
    [["drop"], /missing required argument/],
  ];
  const ran = await Promise.all(wrong.map(([args]) => deadLetters(...args)));
  expect(ran.map(({ status }) => status)).toEqual(wrong.map(() => 2));
  for (const [index, [, why]] of wrong.entries()) expect(ran[index]?.error).toMatch(why);
  expect(await cloud.ports.store.list("dead-letters/", 10)).toEqual(before);
});

test("a dry run of a retry does nothing", async () => {
  await condemn("condemned");
  const [letter] = await list();
  const { status, out } = await deadLetters("retry", "--all", "--dry-run");
  expect(out).toBe(`would retry ${letter?.id}: 1 message of com.example.odd\n`);
  expect(status).toBe(0);
  expect(await list()).toEqual([letter]);
});

test("a cloud that is not there is said to be not there", async () => {
  const { status, error } = await pullhouseProcess(["dead-letters", "list"], {
    ...cloud.env,
    STORAGE_EMULATOR_HOST: "http://127.0.0.1:1",
  });
  expect(error).toContain("the local cloud does not answer: start the pipeline with `make up`");
  expect(status).toBe(1);
});
