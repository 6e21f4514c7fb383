/** A sender's text takes time that grows with its length: half a mebibyte takes milliseconds, and quadratic work on it never ends. */
import { createContext, Script } from "node:vm";
import { describe, expect, test } from "vitest";
import { parseBinary } from "#services/receiver/cloudevents/binary.ts";
import { parseMediaType } from "#services/receiver/cloudevents/media-type.ts";
import { parseBatch, parseStructured } from "#services/receiver/cloudevents/structured.ts";
import { authorizationOf } from "#services/receiver/credentials.ts";
import { createPrivacy } from "#services/receiver/privacy/privacy.ts";
import { requestHeaders } from "#services/receiver/request-headers.ts";
import { harbor } from "#services/receiver/sources/harbor.ts";
import { hostOf, timeOf, typeSuffix } from "#services/receiver/sources/own-format.ts";
import { systemClock } from "#services/shared/clock.ts";
import { EnvReader } from "#services/shared/config.ts";
import { createLog } from "#services/shared/log.ts";
import { toMessage } from "#services/shared/message.ts";
import { judge } from "#services/shared/row/judge.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { parseTraceparent } from "#services/shared/trace.ts";

const registry = loadRegistry();
const privacy = createPrivacy({ address: "prefix", email: "drop", key: "" });
const source = harbor.configure(new EnvReader({ HARBOR_AUTHORIZATION: "value for tests" }))?.({
  clock: systemClock,
  log: createLog("receiver", "CRITICAL"),
});

const headersOf = (value: string) =>
  requestHeaders(["authorization", value, "ce-id", value, "x", ` ${value}`]);
const eventOf = (value: string) =>
  JSON.stringify({ specversion: "1.0", id: "1", source: "s", type: "t", data: { value } });
const PULL_TYPE = "dev.chainguard.registry.pull.v1";

/** Where a sender's text goes, each with one that it chooses. */
const PLACES: Readonly<Record<string, (value: string) => unknown>> = {
  "a field and an address": (value) => {
    const data = { remote_address: value, text: value };
    const scrubbed = privacy.body(Buffer.from(JSON.stringify({ type: "X", event_data: data })));
    const parsed = source?.parse("own", headersOf(""), scrubbed);
    if (parsed?.outcome !== "events" || parsed.events.length !== 1) throw new Error("no event");
    for (const event of parsed.events)
      toMessage(privacy.event(event, scrubbed), { source: "harbor", receivedAt: 0 });
  },
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
/**
 * The first lets nothing follow a run. The second stops a run with whatever its expression does not take, and is no end of a text.
 * Expressions are judged by recheck in `make check`, so that loops and built-in functions are the matter here.
 */
const ENDS = ["", "\n!@1"];
/** Half of what Chainguard may post. An expression or a loop that is quadratic takes five minutes on it. */
const LENGTH = 524_288;
/** Linear work takes 20 ms on average and 100 ms at most: no machine is so busy that it comes near. */
const BOUND_MS = 10_000;

const context = createContext({ work: () => {} });
const script = new Script("work()");

/** Whether the work ends by itself; V8 stops it otherwise, inside of an expression, too. */
function ends(work: () => unknown, boundMs: number): boolean {
  context["work"] = work;
  try {
    script.runInContext(context, { timeout: boundMs });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return false;
    throw error;
  }
}

const textOf = (pump: string, end: string) => `a@${pump.repeat(LENGTH / pump.length)}${end}`;

test.each(Object.keys(PLACES))("%s", (place) => {
  const work = PLACES[place] as (value: string) => unknown;
  const endless = PUMPS.find((pump) =>
    ENDS.some((end) => {
      const text = textOf(pump, end);
      return !ends(() => work(text), BOUND_MS);
    }),
  );
  expect(endless).toBeUndefined();
});

describe("quadratic work is stopped", () => {
  test.each<[string, (text: string) => unknown]>([
    ["an expression that tries a run again at each of its places", (text) => /[.-]+$/.exec(text)],
    [
      "a loop that walks back from each place",
      (text) => {
        let steps = 0;
        for (let to = 0; to < text.length; to++)
          for (let from = to; from >= 0 && text[from] === "."; from--) steps += 1;
        return steps;
      },
    ],
    [
      "a copy of the rest at each place",
      (text) => {
        let rest = Buffer.from(text);
        while (rest.length > 0) rest = Buffer.from(rest.subarray(1));
      },
    ],
  ])("%s", (_, work) => {
    const text = textOf(".", "!");
    // A short bound is enough: it takes minutes, and cannot end early.
    expect(ends(() => work(text), 100)).toBe(false);
  });
});
