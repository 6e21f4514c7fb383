/** A time that is too far from its receipt is no partition: its row is among those without one, and still only once. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { drain } from "#services/batcher/drain.ts";
import { load } from "#services/loader/load.ts";
import { toMessage } from "#services/shared/message.ts";
import { PULL_TYPE } from "#test/support/pull-message.ts";
import {
  drainLimits,
  loadLimits,
  type StandInCloud,
  startStandInCloud,
} from "#test/support/stand-in-cloud.ts";

const never = new AbortController().signal;
const DAY_MS = 86_400_000;
const RECEIVED = Date.UTC(2026, 4, 1);
const PULLS = "dev_chainguard_registry_pull_v1";

let cloud: StandInCloud;
beforeAll(async () => {
  cloud = await startStandInCloud();
});
afterAll(() => cloud.close());

let run = 0;
beforeEach(() => {
  run += 1;
});

const daysFrom = (days: number) => new Date(RECEIVED + days * DAY_MS).toISOString();

async function post(id: string, time: string, receivedAt = RECEIVED): Promise<void> {
  const event = {
    id: `${run}-${id}`,
    source: "cgr.dev",
    type: PULL_TYPE,
    specversion: "1.0",
    time,
    extensions: {},
    data: Buffer.from("{}"),
  };
  await cloud.publish(toMessage(event, { source: "chainguard", receivedAt }));
}

async function round() {
  await drain(cloud.ports, drainLimits, never);
  return load(cloud.ports, loadLimits, never);
}

const rows = () =>
  cloud.query<{ id: string; time: string | null; said: string | null }>(
    `SELECT SUBSTR(ce_id, ${`${run}-`.length + 1}) AS id, FORMAT_TIMESTAMP('%F', ce_time) AS time,
       JSON_VALUE(extra, '$.ce.time') AS said
     FROM ${PULLS} WHERE STARTS_WITH(ce_id, '${run}-') ORDER BY id`,
  );

test("the day is ce_time's within ten years and two days, else the text stands in extra", async () => {
  await post("a-old", "1990-01-01T00:00:00Z");
  await post("b-just-old", daysFrom(-3_653));
  await post("c-just-ahead", daysFrom(2));
  await post("d-ahead", "9999-12-31T23:59:59Z");
  expect(await round()).toMatchObject({ inserted: 4, duplicates: 0 });
  expect(await rows()).toEqual([
    { id: "a-old", time: null, said: "1990-01-01T00:00:00Z" },
    { id: "b-just-old", time: "2016-04-30", said: null },
    { id: "c-just-ahead", time: "2026-05-03", said: null },
    { id: "d-ahead", time: null, said: "9999-12-31T23:59:59Z" },
  ]);
});

test("a message that no receiver published is held against the time at which the queue took it", async () => {
  const attributes = {
    "ce-id": `${run}-foreign`,
    "ce-source": "com.example",
    "ce-type": PULL_TYPE,
    "ce-specversion": "1.0",
    "ce-time": new Date().toISOString(),
    "content-type": "application/json",
  };
  await cloud.publish({ data: Buffer.from("{}"), attributes });
  await cloud.publish({
    data: Buffer.from("{}"),
    attributes: { ...attributes, "ce-id": `${run}-old`, "ce-time": "1990-01-01T00:00:00Z" },
  });
  expect(await round()).toMatchObject({ inserted: 2 });
  expect(await rows()).toEqual([
    { id: "foreign", time: attributes["ce-time"].slice(0, 10), said: null },
    { id: "old", time: null, said: "1990-01-01T00:00:00Z" },
  ]);
  const [received] = await cloud.query<{ n: number }>(
    `SELECT COUNTIF(received_at BETWEEN TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR) AND CURRENT_TIMESTAMP()) AS n
     FROM ${PULLS} WHERE STARTS_WITH(ce_id, '${run}-')`,
  );
  expect(received).toEqual({ n: 2 });
});

const HOUR_MS = 3_600_000;

test.each([
  ["ten years before the first delivery, more before the second", -3_653, ["2016-04-30"]],
  ["two days ahead of the second delivery, more of the first", 2 + 1 / 24, [null]],
])("a sender's retry an hour later: %s", async (_name, days, times) => {
  const time = daysFrom(days);
  for (const id of ["a-first", "b-second"]) {
    const deliveries = [RECEIVED, RECEIVED + HOUR_MS];
    // Pub/Sub keeps no order.
    if (id === "b-second") deliveries.reverse();
    for (const [index, receivedAt] of deliveries.entries()) {
      await post(id, time, receivedAt);
      await post(`z-${id}-${index}`, daysFrom(0));
      expect(await round()).toMatchObject({ inserted: index === 0 ? 2 : 1, duplicates: index });
    }
  }
  const found = await rows();
  expect(found.filter(({ id }) => id === "a-first").map((row) => row.time)).toEqual(times);
  expect(found).toHaveLength(6);
});
