/** `ce_time` is at most ten years before `received_at` and two days after it. */
import { expect, test } from "vitest";
import { toRow } from "#services/shared/row/row.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";

const registry = loadRegistry();
const RECEIVED = Date.UTC(2026, 10, 20);

function rowOf(time: string, receivedAt = RECEIVED) {
  const event = {
    id: "id-1",
    source: "cgr.dev",
    type: "dev.chainguard.registry.pull.v1",
    specversion: "1.0",
    time,
    extensions: {},
    data: Buffer.from("{}"),
  };
  const row = toRow(registry, event, { source: "chainguard", receivedAt });
  return { time: row.time, json: JSON.parse(row.line) as Record<string, never> };
}

test.each([
  ["ten years before", "2016-11-22T00:00:00Z", true],
  ["the first millisecond that is kept", "2016-11-19T00:00:00.000Z", true],
  ["a millisecond too early", "2016-11-18T23:59:59.999Z", false],
  ["too early by its zone", "2016-11-19T00:30:00+01:00", false],
  ["early enough by its zone", "2016-11-18T23:30:00-01:00", true],
  ["the epoch", "1970-01-01T00:00:00Z", false],
  ["year 1", "0001-01-01T00:00:00Z", false],
  // Date.UTC takes a year 26 for 1926, and 99 for 1999.
  ["year 26", "0026-11-20T00:00:00Z", false],
  ["now", "2026-11-20T00:00:00Z", true],
  ["the last millisecond that is kept", "2026-11-22T00:00:00.000Z", true],
  ["a millisecond too late", "2026-11-22T00:00:00.001Z", false],
  ["too late by its zone", "2026-11-21T23:30:00-01:00", false],
  ["soon enough by its zone", "2026-11-22T00:30:00+01:00", true],
  ["the leap second before the end", "2026-11-21T23:59:60Z", true],
  ["a year ahead", "2027-11-20T00:00:00Z", false],
  ["the last year", "9999-12-31T23:59:59Z", false],
])("%s: %s", (_name, time, isKept) => {
  const { json, time: of } = rowOf(time);
  expect(of === null).toBe(!isKept);
  expect(json["ce_time"]).toBe(of ?? undefined);
  expect(json["extra"]).toEqual(isKept ? undefined : { ce: { time } });
});

test("received_at decides, not the clock: an event becomes the same row on every day", () => {
  const at = (receivedAt: number) => rowOf("1999-12-31T00:00:00Z", receivedAt).time;
  expect(at(Date.UTC(2000, 0, 1))).toBe("1999-12-31T00:00:00.000000Z");
  expect(at(Date.UTC(2010, 0, 1))).toBeNull();
  expect(at(Date.UTC(1999, 11, 28))).toBeNull();
});

test("a message that does not say when it was received has no ce_time", () => {
  const { time, json } = rowOf("2025-04-23T00:37:47Z", 0);
  expect(time).toBeNull();
  expect(json).toMatchObject({ extra: { ce: { time: "2025-04-23T00:37:47Z" } } });
});

test("events received at one time have fewer days than a job may modify partitions", () => {
  const day = (days: number) => new Date(RECEIVED + days * 86_400_000 + 3_600_000).toISOString();
  const times = Array.from({ length: 9_000 }, (_, index) => rowOf(day(index - 8_000)).time);
  const days = new Set(times.map((time) => time?.slice(0, 10)));
  // One a day, at one in the morning, and the NULL partition.
  expect(days.size).toBe(3_655 + 1);
});
