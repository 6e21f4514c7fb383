/** Which traceparent headers are read, and what becomes of the others. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { fromMessage, toMessage } from "#services/shared/message.ts";
import { parseCloudTraceContext, parseTraceparent, traceOf, traceparentOf } from "#services/shared/trace.ts";

const ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const RUNS = { numRuns: 2_000, seed: Number(process.env["SEED"] ?? Date.now() % 2 ** 31) };

const headers = (values: Record<string, string>) => ({ get: (name: string) => values[name] ?? null });
const hex = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 15 }), { minLength: length, maxLength: length })
    .map((digits) => digits.map((digit) => digit.toString(16)).join(""))
    .filter((digits) => !/^0+$/.test(digits));
const traces = fc.record({ id: hex(32), spanId: hex(16), sampled: fc.boolean() });

test("the recommendation's own examples are read, sampled and not", () => {
  expect(parseTraceparent(`00-${ID}-${SPAN}-01`)).toEqual({ id: ID, spanId: SPAN, sampled: true });
  expect(parseTraceparent(`00-${ID}-${SPAN}-00`)).toEqual({ id: ID, spanId: SPAN, sampled: false });
});

test("of the flags only the sampled one counts", () => {
  expect(parseTraceparent(`00-${ID}-${SPAN}-02`)).toMatchObject({ sampled: false });
  expect(parseTraceparent(`00-${ID}-${SPAN}-ff`)).toMatchObject({ sampled: true });
});

test("a later version is read as far as version 00 goes", () => {
  const trace = { id: ID, spanId: SPAN, sampled: true };
  expect(parseTraceparent(`01-${ID}-${SPAN}-01`)).toEqual(trace);
  expect(parseTraceparent(`cc-${ID}-${SPAN}-01-what-the-future-will-be`)).toEqual(trace);
});

test.each([
  ["nothing", ""],
  ["version ff", `ff-${ID}-${SPAN}-01`],
  ["capitals", `00-${ID.toUpperCase()}-${SPAN}-01`],
  ["a trace id of zeros", `00-${"0".repeat(32)}-${SPAN}-01`],
  ["a parent id of zeros", `00-${ID}-${"0".repeat(16)}-01`],
  ["more behind version 00", `00-${ID}-${SPAN}-01-more`],
  ["a later version that goes on without a dash", `01-${ID}-${SPAN}-01more`],
  ["a short id", `00-${ID.slice(1)}-${SPAN}-01`],
  ["no flags", `00-${ID}-${SPAN}`],
  ["two headers", `00-${ID}-${SPAN}-01, 00-${ID}-${SPAN}-01`],
  ["a line feed at the end", `00-${ID}-${SPAN}-01\n`],
])("%s is no traceparent", (_, text) => {
  expect(parseTraceparent(text)).toBeUndefined();
});

test(`any trace is written and read again (SEED=${RUNS.seed})`, () => {
  fc.assert(
    fc.property(traces, (trace) => {
      expect(parseTraceparent(traceparentOf(trace))).toEqual(trace);
    }),
    RUNS,
  );
});

test(`any headers at all give a trace that can be written and read (SEED=${RUNS.seed})`, () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), traces.map(traceparentOf));
  fc.assert(
    fc.property(text, text, (traceparent, legacy) => {
      const trace = traceOf(headers({ traceparent, "x-cloud-trace-context": legacy }));
      expect(parseTraceparent(traceparentOf(trace))).toEqual(trace);
    }),
    RUNS,
  );
});

test("Google's older header counts where there is no traceparent that can be read", () => {
  const legacy = { "x-cloud-trace-context": `${ID}/67667974448284343;o=1` };
  const trace = { id: ID, spanId: SPAN, sampled: true };
  expect(traceOf(headers(legacy))).toEqual(trace);
  expect(traceOf(headers({ ...legacy, traceparent: "00-zz" }))).toEqual(trace);
  const own = { id: "1".repeat(32), spanId: "2".repeat(16), sampled: false };
  expect(traceOf(headers({ ...legacy, traceparent: traceparentOf(own) }))).toEqual(own);
});

test.each([
  ["without a span", ID],
  ["with a span of 0", `${ID}/0`],
  ["with a span beyond 64 bits", `${ID}/18446744073709551616;o=1`],
  ["with a span in hexadecimal", `${ID}/${SPAN};o=1`],
  ["with a trace of zeros", `${"0".repeat(32)}/1;o=1`],
])("Google's older header %s is not read", (_, text) => {
  expect(parseCloudTraceContext(text)).toBeUndefined();
});

test("who brings no trace begins one of its own, not sampled", () => {
  const [one, other] = [traceOf(headers({})), traceOf(headers({}))];
  expect(one.id).not.toBe(other.id);
  expect(one.sampled).toBe(false);
});

test("a trace travels with the message, beside the event's own extension of that name", () => {
  const trace = { id: ID, spanId: SPAN, sampled: true };
  const extension = `00-${"a".repeat(32)}-${"b".repeat(16)}-00`;
  const event = {
    id: "1",
    source: "cgr.dev",
    type: "t",
    specversion: "1.0",
    extensions: { traceparent: extension },
    data: Buffer.from("{}"),
  };
  const message = toMessage(event, { source: "chainguard", receivedAt: 1, trace });
  expect(message.attributes).toMatchObject({
    "ce-traceparent": extension,
    googclient_traceparent: `00-${ID}-${SPAN}-01`,
  });
  const back = fromMessage(message);
  expect(back.receipt.trace).toEqual(trace);
  expect(back.event).toEqual(event);
});
