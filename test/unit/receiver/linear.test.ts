/** What is done with a sender's text takes time that grows with the text: eight times as much of it, no more than a few times that. */
import { expect, test } from "vitest";
import { parseBinary } from "#services/receiver/cloudevents/binary.ts";
import { parseMediaType } from "#services/receiver/cloudevents/media-type.ts";
import { parseBatch, parseStructured } from "#services/receiver/cloudevents/structured.ts";
import { authorizationOf } from "#services/receiver/credentials.ts";
import { createPrivacy } from "#services/receiver/privacy/privacy.ts";
import { requestHeaders } from "#services/receiver/request-headers.ts";
import { hostOf, timeOf, typeSuffix } from "#services/receiver/sources/own-format.ts";
import { judge } from "#services/shared/row/judge.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { parseTraceparent } from "#services/shared/trace.ts";

const registry = loadRegistry();
const privacy = createPrivacy({ address: "prefix", email: "drop", key: "" });

const headersOf = (value: string) =>
  requestHeaders(["authorization", value, "ce-id", value, "x", ` ${value}`]);
const eventOf = (value: string) =>
  JSON.stringify({ specversion: "1.0", id: "1", source: "s", type: "t", data: { value } });
const PULL_TYPE = "dev.chainguard.registry.pull.v1";

/** Where a sender's text goes, each with one that it chooses. */
const PLACES: Readonly<Record<string, (value: string) => unknown>> = {
  "a field": (value) => privacy.body(Buffer.from(JSON.stringify({ value }))),
  "an address": (value) => privacy.body(Buffer.from(JSON.stringify({ remote_address: value }))),
  "a key": (value) => privacy.body(Buffer.from(JSON.stringify({ [value]: 1 }))),
  "no JSON": (value) => privacy.body(Buffer.from(`no JSON: ${value}`)),
  "a header": headersOf,
  "a credential": (value) => authorizationOf(headersOf(`Bearer ${value}`)),
  "a media type": parseMediaType,
  "a binary event": (value) => parseBinary(headersOf(value), Buffer.of()),
  "a structured event": (value) => parseStructured(Buffer.from(eventOf(value))),
  "a batch": (value) => parseBatch(Buffer.from(`[${eventOf(value)}]`), 1),
  "a trace": parseTraceparent,
  "an image's name": hostOf,
  "a time": timeOf,
  "a constant": typeSuffix,
  "a column": (value) =>
    judge(registry, {
      id: "1",
      source: "s",
      type: PULL_TYPE,
      specversion: "1.0",
      extensions: {},
      data: Buffer.from(
        JSON.stringify({ body: { when: value, tag: value, error: { status: value } }, [value]: value }),
      ),
    }),
};

/** Repeated, each is the middle of a text that some expression tries again at each of its places. */
const PUMPS = [
  ...Array.from(" \t.-_%@\"\\,;:/=+[]{}0aeE'<é\u00ad"),
  "a.",
  "a@",
  "@a.",
  "%0",
  "%\n",
  '\\"',
  "::",
  "1.",
  "[a",
  ",1",
  "eyJ",
  "eyJ.",
  "; ",
  "a=",
];
const ENDS = ["", "\n", "!", "@", "1"];
const LENGTH = 8_192;
const TIMES = 8;
/** Quadratic is 64 times as much. */
const WORST = 4 * TIMES;
/** Linear work on the longer text takes a tenth of this; quadratic work takes seconds. */
const SUSPICIOUS_MS = 100;

/** Processor time, the least of several runs: a busy machine takes longer, and does no more work. */
function millisecondsOf(work: () => unknown, rounds: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const begin = process.cpuUsage();
    work();
    best = Math.min(best, process.cpuUsage(begin).user / 1_000);
  }
  return best;
}

test.each(Object.keys(PLACES))("%s", (place) => {
  const work = PLACES[place] as (value: string) => unknown;
  const slow = PUMPS.flatMap((pump) => ENDS.map((end) => [pump, end] as const)).filter(([pump, end]) => {
    const text = (length: number) => `a@${pump.repeat(length / pump.length)}${end}`;
    const [short, long] = [text(LENGTH), text(TIMES * LENGTH)];
    if (millisecondsOf(() => work(long), 1) < SUSPICIOUS_MS) return false;
    return millisecondsOf(() => work(long), 3) > WORST * millisecondsOf(() => work(short), 9);
  });
  expect(slow).toEqual([]);
});
