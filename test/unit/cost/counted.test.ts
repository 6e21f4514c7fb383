/** What a deployment's counts become in the model: what it was billed for is what the model then computes. */
import { expect, test } from "vitest";
import { assumed } from "#services/cli/cost/assumptions.ts";
import { type Counts, countedOf } from "#services/cli/cost/deployment/counted.ts";
import type { JobKind, JobsRow, LoadsRow } from "#services/cli/cost/deployment/statements.ts";
import { mergeBytes, TABLE_MIN_BYTES } from "#services/cli/cost/pullhouse.ts";
import { defaults } from "#services/cli/cost/settings.ts";
import { usageOf } from "#services/cli/cost/usage.ts";

const DAYS = 30;
const EVENTS = 20_000_000;

const LOADS: LoadsRow = {
  first_at: 0,
  plans: 4_000 * DAYS,
  merges: 4_000 * DAYS,
  inline_plans: 4_000 * DAYS,
  types: 1,
  tables: ["dev_chainguard_registry_pull_v1"],
  active_hours: 10 * DAYS,
  inserted: EVENTS * DAYS,
  duplicates: 0,
  objects: 8_000 * DAYS,
  sized_messages: EVENTS * DAYS,
  bytes: 150 * EVENTS * DAYS,
  unsized: 0,
  undrained: 0,
  drains: 4_000 * DAYS,
  runs: 5 * DAYS,
  starts: 2 * DAYS,
};

const jobsOf = (kind: JobKind, row: Omit<JobsRow, "kind">): NonNullable<Counts["jobs"]> =>
  new Map([[kind, { kind, ...row }]]);

const workload = {
  eventBytes: 665,
  types: 3,
  windowSeconds: 40,
  hours: 24,
  retentionDays: 365,
  secrets: 0,
};

test.each([3, 24])("the bytes of MERGEs that read %s hours of keys are found to be that", (mergeHours) => {
  const assumptions = assumed({ mergeHours });
  const { settings } = defaults(40);
  const model = { workload: { ...workload, types: 1, eventsPerDay: EVENTS }, settings, assumed: assumptions };
  const calls = { ...usageOf(model).calls, plans: 4_000 };
  const read = (EVENTS * assumptions.keyBytes * mergeHours) / 24;
  const billed = 4_000 * DAYS * read;
  const counted = countedOf(
    { days: DAYS, loads: LOADS, jobs: jobsOf("merge", { jobs: 4_000 * DAYS, billed, seconds: 3 }) },
    assumptions,
  );
  expect(counted.assumed.mergeHours).toBeCloseTo(mergeHours, 1);
  expect(counted.assumed.mergeSeconds).toBe(3);
  // The bill has what was billed, not what follows from hours.
  expect(mergeBytes({ ...model, ...(counted.day && { counted: counted.day }) }, calls)).toBe(billed / DAYS);
});

test("what BigQuery bills at least tells no hours", () => {
  const jobs = jobsOf("merge", { jobs: 10, billed: 10 * TABLE_MIN_BYTES, seconds: 3 });
  expect(countedOf({ days: DAYS, loads: LOADS, jobs }, assumed()).assumed).not.toHaveProperty("mergeHours");
});

test("a day is a thirtieth of what was counted, and what was not counted is left out", () => {
  const { workload: found, day, assumed: replaced } = countedOf({ days: DAYS, loads: LOADS }, assumed());
  expect(found).toEqual({ eventsPerDay: EVENTS, types: 1, hours: 10 });
  expect(day).toEqual({ windows: 4_000, ends: 5, starts: 2, plans: 4_000, objects: 8_000 });
  expect(replaced).toEqual({ compressedRowBytes: 150 });
});

test("sizes and age come from what the tables hold now", () => {
  const stored = { rows: 90 * EVENTS, logicalBytes: 90 * EVENTS * 1_213 };
  const { workload: found } = countedOf({ days: DAYS, loads: LOADS, stored }, assumed());
  expect(found).toMatchObject({ eventBytes: 1_000, retentionDays: 90 });
});

test("without events nothing is replaced", () => {
  const none: LoadsRow = { ...LOADS, inserted: null, plans: 0 };
  expect(countedOf({ days: DAYS, loads: none }, assumed())).toEqual({
    workload: { eventsPerDay: 0 },
    assumed: {},
  });
});
