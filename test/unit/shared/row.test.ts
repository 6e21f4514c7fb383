/** Events as rows: what fits is exact, what does not is kept whole with the reason. */
import { describe, expect, test } from "vitest";
import type { CloudEvent } from "#services/shared/event.ts";
import { toRow } from "#services/shared/row/row.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";

const registry = loadRegistry();
const receipt = { source: "chainguard", receivedAt: Date.UTC(2026, 10, 20), recipientGroup: "a".repeat(40) };

function pull(data: string | Uint8Array, more: Partial<CloudEvent> = {}): CloudEvent {
  return {
    id: "id-1",
    source: "cgr.dev",
    type: "dev.chainguard.registry.pull.v1",
    specversion: "1.0",
    time: "2025-04-23T00:37:47Z",
    datacontenttype: "application/json",
    extensions: { group: "g", actor: "sa@example.com" },
    data: Buffer.from(data),
    ...more,
  };
}

function rowOf(event: CloudEvent) {
  const row = toRow(registry, event, receipt);
  return { ...row, table: row.table.table, json: JSON.parse(row.line) as Record<string, never> };
}

const body = (fields: string) => rowOf(pull(`{"body":{${fields}}}`));

test("the envelope comes first, in the order of the contract", () => {
  const columns = registry.rejected.columns.map(({ name }) => name);
  expect(columns.slice(0, 14)).toEqual([
    "ce_id",
    "ce_source",
    "ce_type",
    "ce_subject",
    "ce_time",
    "ce_specversion",
    "ce_group",
    "ce_actor",
    "recipient_group",
    "data_digest",
    "source",
    "received_at",
    "loaded_at",
    "extra",
  ]);
});

test("the envelope holds the attributes, the receipt and the digest of the data", () => {
  const { json, table, time } = rowOf(pull("{}"));

  expect(table).toBe("dev_chainguard_registry_pull_v1");
  expect(time).toBe("2025-04-23T00:37:47.000000Z");
  expect(json).toEqual({
    ce_id: "id-1",
    ce_source: "cgr.dev",
    ce_type: "dev.chainguard.registry.pull.v1",
    ce_time: "2025-04-23T00:37:47.000000Z",
    ce_specversion: "1.0",
    ce_group: "g",
    ce_actor: "sa@example.com",
    recipient_group: "a".repeat(40),
    data_digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    source: "chainguard",
    received_at: "2026-11-20T00:00:00.000Z",
  });
});

test("a field matches by its name or by protojson's spelling, and the name goes first", () => {
  expect(body(`"repoId":"a"`).json["body"]).toEqual({ repo_id: "a" });
  const both = body(`"repoId":"a","repo_id":"b"`).json;
  expect(both["body"]).toEqual({ repo_id: "b" });
  expect(both["extra"]).toEqual({ body: { repoId: "a" } });
  expect(rowOf(pull(`{"actor":{"act":{"aws-arn":"x","awsAcct":"y"}}}`)).json["actor"]).toEqual({
    act: { "aws-arn": "x", "aws-acct": "y" },
  });
});

test("what the schema does not know is kept in extra, at its place and digit for digit", () => {
  const { line, fit } = rowOf(
    pull(
      `{"new":12345678901234567890,"actor":{"act":{"team":"x"}},"body":{"policy_results":[{"mode":"m","n":1.10}]}}`,
      { extensions: { audience: "customer" } },
    ),
  );

  expect(fit).toBe("fits");
  expect(line).toContain(`"extra":{"new":12345678901234567890,"actor":{"act":{"team":"x"}},`);
  expect(line).toContain(`"body":{"policy_results":{"0":{"n":1.10}}},"ce":{"audience":"customer"}}`);
});

test("a field called ce or __proto__ loses nothing", () => {
  const { line } = rowOf(pull(`{"ce":{"a":1},"__proto__":{"b":2}}`, { extensions: { x: "1" } }));
  expect(line).toContain(`"extra":{"_ce":{"a":1},"__proto__":{"b":2},"ce":{"x":"1"}}`);
});

test("fields called like the one that makes way for the attributes make way themselves", () => {
  const data = `{"data":"d","ce":1,"_ce":2,"__ce":3,"cE":4,"x_ce":5}`;
  const { line } = rowOf(pull(data, { extensions: { x: "1" } }));
  expect(line).toContain(`"extra":{"data":"d","_ce":1,"__ce":2,"___ce":3,"cE":4,"x_ce":5,"ce":{"x":"1"}}`);
});

describe("a value that fits its column", () => {
  test.each([
    ["when, whole seconds", `"when":"2025-04-23T00:37:47"`, { when: "2025-04-23 00:37:47" }],
    ["when, microseconds", `"when":"2025-04-23T00:37:47.810899"`, { when: "2025-04-23 00:37:47.810899" }],
    [
      "when, nanoseconds are cut",
      `"when":"2025-04-23t00:37:47.810899999"`,
      { when: "2025-04-23 00:37:47.810899" },
    ],
    [
      "a 64-bit integer as a number",
      `"error":{"status":9007199254740993}`,
      { error: { status: "9007199254740993" } },
    ],
    [
      "a 64-bit integer as a string",
      `"error":{"status":"-9223372036854775808"}`,
      { error: { status: "-9223372036854775808" } },
    ],
    ["null is no value", `"tag":null,"error":null,"policy_results":null`, {}],
    ["an empty string is a value", `"location":""`, { location: "" }],
    ["an empty list is a list", `"policy_results":[]`, { policy_results: [] }],
  ])("%s", (_name, fields, expected) => {
    const { json, fit } = body(fields);
    expect(fit).toBe("fits");
    expect(json["body"]).toEqual(expected);
  });
});

describe("a value that does not fit is rejected with its place, and the data is kept to the letter", () => {
  test.each([
    ["a number for a string", `"tag":5`, "/body/tag", "a string", "number 5"],
    ["an object for a string", `"tag":{}`, "/body/tag", "a string", "an object"],
    ["a string for a record", `"error":"x"`, "/body/error", "an object", `string "x"`],
    ["a record for a list", `"policy_results":{}`, "/body/policy_results", "an array", "an object"],
    ["null in a list", `"policy_results":[null]`, "/body/policy_results/0", "a value in an array", "null"],
    [
      "an integer beyond 64 bits",
      `"error":{"status":9223372036854775808}`,
      "/body/error/status",
      "a whole number from -2^63 to 2^63-1",
      "number 9223372036854775808",
    ],
    [
      "a fraction for an integer",
      `"error":{"status":1.5}`,
      "/body/error/status",
      "a whole number from -2^63 to 2^63-1",
      "number 1.5",
    ],
    [
      "a zone in a DATETIME",
      `"when":"2025-04-23T00:37:47Z"`,
      "/body/when",
      "a date and time without a zone",
      `string "2025-04-23T00:37:47Z"`,
    ],
    [
      "the 30th of February",
      `"when":"2025-02-30T00:00:00"`,
      "/body/when",
      "a date and time without a zone",
      `string "2025-02-30T00:00:00"`,
    ],
    [
      "the year 0",
      `"when":"0000-01-01T00:00:00"`,
      "/body/when",
      "a date and time without a zone",
      `string "0000-01-01T00:00:00"`,
    ],
    ["a lone surrogate", String.raw`"tag":"\ud800"`, "/body/tag", "a string", String.raw`string "\ud800"`],
    ["a NUL character", String.raw`"tag":"a\u0000b"`, "/body/tag", "a string", String.raw`string "a\u0000b"`],
    [
      "a number in extra that would lose digits",
      `"x":1.00000000000000000001`,
      "/body/x",
      "JSON of at most 64 levels, without NUL, lone surrogates or numbers that lose digits",
      "number 1.00000000000000000001",
    ],
    [
      "a number so small that a double has not its digits",
      `"x":1.23456789012345e-320`,
      "/body/x",
      "JSON of at most 64 levels, without NUL, lone surrogates or numbers that lose digits",
      "number 1.23456789012345e-320",
    ],
    [
      "a / in a key",
      `"a/b":1e999`,
      "/body/a~1b",
      "JSON of at most 64 levels, without NUL, lone surrogates or numbers that lose digits",
      "number 1e999",
    ],
  ])("%s", (_name, fields, pointer, rule, found) => {
    const data = `{"body":{${fields}}}`;
    const { json, fit, table } = rowOf(pull(data));
    expect(table).toBe("rejected_events");
    expect(fit).toBe("misfit");
    expect(json["reasons"]).toEqual([{ pointer, rule, found }]);
    expect(json["data"]).toBe(data);
    expect(json["ce_type"]).toBe("dev.chainguard.registry.pull.v1");
  });

  test.each([
    ["no JSON", "{", "no JSON: the end at character 1"],
    ["nothing", "", "nothing"],
    ["a list", "[1]", "an array of 1"],
    ["a string", `"x"`, `string "x"`],
  ])("%s instead of an object", (_name, data, found) => {
    const { json } = rowOf(pull(data));
    expect(json["reasons"]).toEqual([{ pointer: "", rule: "a JSON object", found }]);
    expect(json["data"]).toBe(data);
  });

  test("bytes that are no UTF-8 are kept in base64", () => {
    const { json } = rowOf(pull(Buffer.from([0x7b, 0xff, 0x7d])));
    expect(json["data_base64"]).toBe("e/99");
    expect(json["data"]).toBeUndefined();
  });

  test("nesting beyond 64 levels", () => {
    const deep = (levels: number) => `{"x":${"[".repeat(levels)}${"]".repeat(levels)}}`;
    expect(rowOf(pull(deep(60))).fit).toBe("fits");
    expect(rowOf(pull(deep(65))).fit).toBe("misfit");
    expect(rowOf(pull(deep(100_000))).fit).toBe("misfit");
  });
});

describe("an event without a table of its own", () => {
  test.each(["com.example.unknown", "rejected_events", "unregistered_events", "envelope", "../x"])(
    "%s",
    (type) => {
      const { json, fit, table } = rowOf(pull(`{"a": 1.0}`, { type }));
      expect(table).toBe("unregistered_events");
      expect(fit).toBe("unregistered");
      expect(json["ce_type"]).toBe(type);
      expect(json["data"]).toBe(`{"a": 1.0}`);
    },
  );
});

describe("ce_time is in UTC, to the microsecond", () => {
  test.each([
    ["2024-06-04T22:20:29.128066735Z", "2024-06-04T22:20:29.128066Z"],
    ["2024-06-04t22:20:29.1z", "2024-06-04T22:20:29.100000Z"],
    ["2024-12-31T23:30:00-01:00", "2025-01-01T00:30:00.000000Z"],
    ["2024-12-31T23:59:60Z", "2025-01-01T00:00:00.000000Z"],
    ["2024-12-31T23:59:60.9Z", "2025-01-01T00:00:00.000000Z"],
    ["2024-02-30T00:00:00Z", null],
    ["2024-01-01T25:00:00Z", null],
    ["0001-01-01T00:00:00+01:00", null],
    ["2024-01-01", null],
    ["1e3", null],
  ])("%s", (time, expected) => {
    const { json, time: of } = rowOf(pull("{}", { time }));
    expect(of).toBe(expected);
    expect(json["ce_time"]).toBe(expected ?? undefined);
    expect(json["extra"]).toEqual(expected === null ? { ce: { time } } : undefined);
  });
});

test("a message that is no CloudEvent is kept under the digest of its data", () => {
  const { json } = rowOf({
    id: "",
    source: "",
    type: "unknown",
    specversion: "1.0",
    extensions: {},
    data: Buffer.from("x"),
  });
  expect(json["ce_id"]).toBe(json["data_digest"]);
});

test("the longest line that is imported, which no request exceeds, makes a row of less than BigQuery's 100 MB", () => {
  // A quote takes two bytes; data that is mostly control characters, which take six, is base64.
  const { line, table } = rowOf(pull(Buffer.alloc(16_000_000, '"')));
  expect(table).toBe("rejected_events");
  expect(Buffer.byteLength(line)).toBeGreaterThan(32_000_000);
  expect(Buffer.byteLength(line)).toBeLessThan(100_000_000);
});

test("a field called like a column of the envelope is in a column of its own", () => {
  const data = `{"id":"1","source":{"addr":"registry:5000","zone":"a"},"ce_id":"x"}`;
  const { json } = rowOf(pull(data, { type: "io.cncf.distribution.pull.v1" }));
  expect(json).toMatchObject({
    ce_id: "id-1",
    source: "chainguard",
    data_source: { addr: "registry:5000" },
    extra: { source: { zone: "a" }, ce_id: "x" },
  });
});

test.each([
  ["text with a few control characters is text", `${"x".repeat(95)}${"\u0001".repeat(5)}`, "data"],
  ["text with tabs and line ends is text", "\t\r\n".repeat(30), "data"],
  ["data of control characters is base64, which is shorter in a row", "\u0001".repeat(100), "data_base64"],
])("%s", (_name, text, column) => {
  const event = { id: "1", source: "s", type: "com.example.raw", specversion: "1.0", extensions: {} };
  const { line } = toRow(registry, { ...event, data: Buffer.from(text) }, { source: "test", receivedAt: 1 });
  const row = JSON.parse(line) as Readonly<Record<string, string>>;
  const kept = column === "data" ? row["data"] : Buffer.from(row["data_base64"] ?? "", "base64").toString();
  expect(kept).toBe(text);
});
