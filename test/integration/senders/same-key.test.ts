/** No sender keeps another's row out of a table: two senders post one source and id, HTTP in, SQL out. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { FOREIGN_TYPE, type SenderId, TYPE_PREFIXES } from "#services/shared/type-owners.ts";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { bookedRows } from "#test/support/one-load.ts";

const VALUE = "a-value-for-these-tests";
const SECRET = "a-secret-for-these-tests";
const PATIENCE = { timeout: 60_000, interval: 500 };
const SENDERS = Object.keys(TYPE_PREFIXES) as SenderId[];
const PATHS: Readonly<Record<SenderId, string>> = {
  chainguard: "/",
  zot: "/zot",
  msr: `/msr/${SECRET}`,
  harbor: "/harbor",
  distribution: "/distribution",
};
/** The identity of an event of the others follows from its bytes. */
const CHOOSES_ITS_IDS: ReadonlySet<SenderId> = new Set(["chainguard", "zot", "harbor"]);

/** Harbor's own events may have an id of their sender's choice; data that is no object fits no schema. */
const TYPE = "harbor.artifact.pulled";

interface Key {
  readonly ce_id: string;
  readonly ce_source: string;
}

let pipeline: LivePipeline;
beforeAll(async () => {
  pipeline = await startLivePipeline({
    ZOT_TOKENS: VALUE,
    MSR_SECRETS: SECRET,
    HARBOR_AUTHORIZATION: `Bearer ${VALUE}`,
    DISTRIBUTION_AUTHORIZATION: `Bearer ${VALUE}`,
  });
});
afterAll(() => pipeline.stop());

async function post(sender: SenderId, body: string, key?: Key, ceType: string = TYPE): Promise<void> {
  const event = key && {
    specversion: "1.0",
    id: key.ce_id,
    source: key.ce_source,
    type: ceType,
    data: JSON.parse(body) as unknown,
  };
  const bytes = Buffer.from(event === undefined ? body : JSON.stringify(event));
  const authorization = sender === "chainguard" ? `Bearer ${await pipeline.token(bytes)}` : `Bearer ${VALUE}`;
  const type = event === undefined ? "application/json" : "application/cloudevents+json";
  const headers = { authorization, "content-type": type };
  expect(await pipeline.send(PATHS[sender], bytes, headers), `${sender} ${body}`).toBe(202);
}

/** Sends, and waits until as many rows more are booked. */
async function loaded(rows: number, send: () => Promise<void>): Promise<void> {
  const before = await bookedRows(pipeline);
  await send();
  await expect.poll(() => bookedRows(pipeline), PATIENCE).toBe(before + rows);
}

type Rejected = Key & { readonly data: string };

const rejected = () => pipeline.query<Rejected>("SELECT ce_id, ce_source, data FROM rejected_events");

/** The senders of the rows with a key. */
async function sendersOf({ ce_id: id, ce_source: source }: Key): Promise<readonly string[]> {
  const sql = "SELECT source FROM rejected_events WHERE ce_id = @id AND ce_source = @source ORDER BY source";
  return (await pipeline.query<{ source: string }>(sql, { id, source })).map((row) => row.source);
}

const pairs = SENDERS.flatMap((first) =>
  SENDERS.filter(
    (second) => second !== first && (CHOOSES_ITS_IDS.has(first) || CHOOSES_ITS_IDS.has(second)),
  ).map((second) => ({ first, second, body: JSON.stringify(`${first} before ${second}`) })),
);

test("whoever is first, the second sender's rejected event is a row too, and each of them is one", async () => {
  // All but those of MSR and Distribution, whose keys never meet.
  expect(pairs).toHaveLength(SENDERS.length * (SENDERS.length - 1) - 2);
  const chosen = (id: string): Key => ({ ce_id: id, ce_source: "shared.example" });
  const keys = new Map(pairs.map(({ body }) => [body, chosen(body)]));
  // The others' keys are seen in a first round, as whoever wants to be there before them could compute them.
  const fixed = pairs.flatMap(({ first, second, body }) =>
    [first, second].filter((sender) => !CHOOSES_ITS_IDS.has(sender)).map((sender) => ({ sender, body })),
  );
  await loaded(fixed.length, async () => {
    for (const { sender, body } of fixed) await post(sender, body);
  });
  for (const row of await rejected()) keys.set(row.data, row);
  await pipeline.query("DELETE FROM rejected_events WHERE TRUE");

  const turn = async (which: "first" | "second") => {
    for (const pair of pairs) {
      const sender = pair[which];
      await post(sender, pair.body, CHOOSES_ITS_IDS.has(sender) ? keys.get(pair.body) : undefined);
    }
  };
  await loaded(pairs.length, () => turn("first"));
  await loaded(pairs.length, () => turn("second"));
  // And once more each: behind the last one no repetition can hide.
  await turn("first");
  await turn("second");
  await loaded(1, () => post("zot", "0", chosen("last")));
  for (const { first, second, body } of pairs)
    expect(await sendersOf(keys.get(body) as Key), body).toEqual([first, second].toSorted());
  expect(await rejected()).toHaveLength(2 * pairs.length + 1);
});

test("in one load, too", async () => {
  const key = { ce_id: "at once", ce_source: "shared.example" };
  const all = ["chainguard", "zot", "harbor"] as const;
  await loaded(all.length, async () => {
    pipeline.signal("batcher", "SIGSTOP");
    try {
      for (const sender of [...all, ...all]) await post(sender, "0", key);
    } finally {
      pipeline.signal("batcher", "SIGCONT");
    }
  });
  expect(await sendersOf(key)).toEqual([...all].toSorted());
});

test("a forged event that is there first keeps no event out of its type's table", async () => {
  const type = "dev.chainguard.registry.pull.v1";
  const key = { ce_id: "forged first", ce_source: "cgr.dev" };
  const body = '{"body":{"repository":"a/b","tag":"genuine"}}';
  await loaded(2, async () => {
    await post("zot", body, key, type);
    await post("msr", body);
  });
  await loaded(1, () => post("chainguard", body, key, type));
  const sql = "SELECT source, body.tag AS tag FROM dev_chainguard_registry_pull_v1 WHERE ce_id = @id";
  expect(await pipeline.query(sql, { id: key.ce_id })).toEqual([{ source: "chainguard", tag: "genuine" }]);
  const [row] = await pipeline.query<{ rule: string }>(
    "SELECT reasons[OFFSET(0)].rule AS rule FROM rejected_events WHERE ce_id = @id LIMIT 1",
    { id: key.ce_id },
  );
  expect(row?.rule).toBe(FOREIGN_TYPE);
  expect(await sendersOf(key)).toEqual(["zot"]);
});
