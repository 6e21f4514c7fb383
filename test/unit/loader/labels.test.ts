/** The labels of a plan's jobs keep to BigQuery's rules, whatever the type and the traces are. */
import { expect, test } from "vitest";
import { labelsOf } from "#services/loader/labels.ts";
import type { Plan } from "#services/loader/plan.ts";
import type { TracesOf } from "#services/shared/objects.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

function planOf(type: string, ...traces: readonly (TracesOf | undefined)[]): Plan {
  const objects = traces.map((of, index) => ({
    object: `events/${type}/dt=2026-11-21/${index}.ndjson.gz`,
    mark: `pending/${type}/${index}`,
    rows: 1,
    bytes: 1,
    sha256: "",
    minTime: null,
    maxTime: null,
    untimed: 1,
    oldestReceivedAt: null,
    drainedAt: "2026-11-21T00:00:00.000Z",
    ...(of === undefined ? {} : { traces: of }),
  }));
  const untried = { columns: [], createdAt: 0, since: 0, attempt: 0, refusals: 0, bookings: 0 };
  return { id: "01jd4v7wq0", type, objects, ...untried, generation: "1" };
}

const only = { count: 1, first: [TRACE] };

test("a type has its dots and capitals replaced and is cut after 63 characters", () => {
  expect(labelsOf(planOf("dev.Example/Scan.v1"))["type"]).toBe("dev_example_scan_v1");
  expect(labelsOf(planOf(`a.${"b".repeat(100)}`))["type"]).toBe(`a_${"b".repeat(61)}`);
});

test("a trace is named when all events are of it", () => {
  expect(labelsOf(planOf("t", only))).toEqual({ type: "t", plan: "01jd4v7wq0", trace: TRACE });
  expect(labelsOf(planOf("t", only, only))).toHaveProperty("trace", TRACE);
});

test.each([
  ["several in one object", [{ count: 2, first: [TRACE, "b"] }]],
  ["one in each of two objects", [only, { count: 1, first: ["b"] }]],
  ["an object that does not say", [only, undefined]],
  ["no object", []],
])("no trace is named of %s", (_, traces) => {
  expect(labelsOf(planOf("t", ...traces))).not.toHaveProperty("trace");
});
