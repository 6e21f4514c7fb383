/** Data that a warehouse chokes on, through every process: a row with all of it, or kept to the letter with the reason. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { PULL_TYPE } from "#test/support/pull-message.ts";

const TABLE = "dev_chainguard_registry_pull_v1";
const PATIENCE = { timeout: 60_000, interval: 500 };

let pipeline: LivePipeline;

const nested = (depth: number) => `${`{"x":`.repeat(depth)}1${"}".repeat(depth)}`;

/** What goes to `rejected_events`: the data, and the place of the reason. */
const REJECTED: readonly (readonly [string, string, string])[] = [
  ["a number beyond INT64", `{"body":{"error":{"status":9223372036854775808}}}`, "/body/error/status"],
  ["a fraction in an INT64", `{"body":{"error":{"status":404.5}}}`, "/body/error/status"],
  ["a number that no double holds", `{"body":{"extra_number":1e999}}`, "/body/extra_number"],
  ["a number that a double would round", `{"body":{"n":0.1234567890123456789}}`, "/body/n"],
  ["a day that no month has", `{"body":{"when":"2025-02-30T00:00:00"}}`, "/body/when"],
  ["an hour that no day has", `{"body":{"when":"2025-02-03T24:00:01"}}`, "/body/when"],
  ["a date before BigQuery's calendar", `{"body":{"when":"0000-12-31T00:00:00"}}`, "/body/when"],
  ["a date after BigQuery's calendar", `{"body":{"when":"10000-01-01T00:00:00"}}`, "/body/when"],
  ["half of a surrogate pair in a column", String.raw`{"body":{"tag":"a\ud800"}}`, "/body/tag"],
  ["half of a surrogate pair in an unknown field", String.raw`{"body":{"x":["\udfff"]}}`, "/body/x"],
  ["half of a surrogate pair as a key", String.raw`{"body":{"\ud800":1}}`, "/body/\\ud800"],
  ["NUL in a column", String.raw`{"body":{"tag":"a\u0000b"}}`, "/body/tag"],
  ["NUL in an unknown field", String.raw`{"body":{"x":"\u0000"}}`, "/body/x"],
  ["65 levels of unknown fields", nested(65), "/x"],
  ["900 levels of unknown fields", nested(900), "/x"],
  ["a key twice in a column's place", `{"body":{"tag":"a","tag":"b"}}`, "/body/tag"],
  ["a key twice in an unknown field", `{"x":[{"y":1,"z":2,"y":1}]}`, "/x/0/y"],
  ["a key twice, once escaped", String.raw`{"body":{"tag":"a","t\u0061g":"a"}}`, "/body/tag"],
  ["a list where an object belongs", `{"body":[]}`, "/body"],
  ["an object where a text belongs", `{"body":{"tag":{}}}`, "/body/tag"],
  ["null in a list of objects", `{"body":{"policy_results":[null]}}`, "/body/policy_results/0"],
  ["no JSON", `{"body":`, ""],
  ["more levels than a parser should follow", "[".repeat(5_000), ""],
];

/** What is an ordinary row: the data, an expression on the row, and its value. */
const ORDINARY: readonly (readonly [string, string, string, unknown])[] = [
  [
    "the largest INT64",
    `{"body":{"error":{"status":9223372036854775807}}}`,
    "CAST(body.error.status AS STRING)",
    "9223372036854775807",
  ],
  [
    "the smallest INT64, as a text",
    `{"body":{"error":{"status":"-9223372036854775808"}}}`,
    "CAST(body.error.status AS STRING)",
    "-9223372036854775808",
  ],
  [
    "the largest integer of a JSON column",
    `{"n":18446744073709551615}`,
    "JSON_VALUE(extra, '$.n')",
    "18446744073709551615",
  ],
  ["__proto__ at the top", `{"__proto__":{"a":1}}`, "TO_JSON_STRING(extra)", `{"__proto__":{"a":1}}`],
  [
    "__proto__ inside",
    `{"body":{"__proto__":{"tag":"x"},"tag":"y"}}`,
    "CONCAT(body.tag, TO_JSON_STRING(extra))",
    `y{"body":{"__proto__":{"tag":"x"}}}`,
  ],
  [
    "constructor and toString",
    `{"constructor":1,"toString":null}`,
    "TO_JSON_STRING(extra)",
    `{"constructor":1,"toString":null}`,
  ],
  ["64 levels of unknown fields", nested(64), "TO_JSON_STRING(extra)", nested(64)],
  ["a key without a character", `{"body":{"":1}}`, "TO_JSON_STRING(extra)", `{"body":{"":1}}`],
  [
    "a key in another case than the column's",
    `{"body":{"Tag":"big","tag":"small"}}`,
    "CONCAT(body.tag, TO_JSON_STRING(extra))",
    `small{"body":{"Tag":"big"}}`,
  ],
  ["a field called ce", `{"ce":{"type":"mine"}}`, "TO_JSON_STRING(extra)", `{"_ce":{"type":"mine"}}`],
  ["letters beyond the basic plane", `{"body":{"tag":"𝒯 😀 \u200d ﷽"}}`, "body.tag", "𝒯 😀 \u200d ﷽"],
  ["a line break, a tab and quotes", String.raw`{"body":{"tag":"a\r\n\t\"\\'"}}`, "body.tag", "a\r\n\t\"\\'"],
  [
    "nine digits of a second",
    `{"body":{"when":"2025-04-23T00:37:47.123456789"}}`,
    "CAST(body.when AS STRING)",
    "2025-04-23 00:37:47.123456",
  ],
  [
    "the first day of the calendar",
    `{"body":{"when":"0001-01-01T00:00:00"}}`,
    "CAST(body.when AS STRING)",
    "0001-01-01 00:00:00",
  ],
  [
    "the last day of the calendar",
    `{"body":{"when":"9999-12-31T23:59:59"}}`,
    "CAST(body.when AS STRING)",
    "9999-12-31 23:59:59",
  ],
  [
    "null everywhere",
    `{"actor":null,"body":{"tag":null,"policy_results":null}}`,
    "IFNULL(body.tag, 'none')",
    "none",
  ],
];

const idOf = (kind: string, index: number) => `${kind}-${index}`;

beforeAll(async () => {
  pipeline = await startLivePipeline();
  const sent = [
    ...REJECTED.map(([, data], index) => ({ id: idOf("rejected", index), data })),
    ...ORDINARY.map(([, data], index) => ({ id: idOf("ordinary", index), data })),
  ];
  const headers = (id: string) => ({
    "content-type": "application/json",
    "ce-id": id,
    "ce-type": PULL_TYPE,
    "ce-source": "cgr.dev",
    "ce-specversion": "1.0",
    "ce-time": "2026-04-23T00:37:47Z",
  });
  const statuses = await Promise.all(
    sent.map(({ id, data }) => pipeline.post(Buffer.from(data), headers(id))),
  );
  expect(new Set(statuses)).toEqual(new Set([202]));
});
afterAll(() => pipeline.stop());

const count = async (table: string) =>
  (await pipeline.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`).catch(() => [{ n: 0 }]))[0]?.n;

test("each event is in one table or the other, once", async () => {
  await expect.poll(() => count("rejected_events"), PATIENCE).toBe(REJECTED.length);
  await expect.poll(() => count(TABLE), PATIENCE).toBe(ORDINARY.length);
});

test("what is rejected is kept to the letter, with the place that is at fault", async () => {
  const rows = await pipeline.query<{ ce_id: string; data: string; pointer: string }>(
    "SELECT ce_id, data, reasons[0].pointer AS pointer FROM rejected_events",
  );
  const kept = Object.fromEntries(rows.map(({ ce_id: id, data, pointer }) => [id, { data, pointer }]));
  expect(kept).toEqual(
    Object.fromEntries(
      REJECTED.map(([, data, pointer], index) => [idOf("rejected", index), { data, pointer }]),
    ),
  );
});

test.each(ORDINARY.map((one, index) => [one[0], index, one[2], one[3]] as const))(
  "%s is in the row as it was sent",
  async (_name, index, expression, value) => {
    const sql = `SELECT ${expression} AS value FROM ${TABLE} WHERE ce_id = @id`;
    expect(await pipeline.query(sql, { id: idOf("ordinary", index) })).toEqual([{ value }]);
  },
);

test("no load job was refused: nothing is set aside", async () => {
  const [files] = await pipeline.bucket.getFiles({ prefix: "quarantine/" });
  expect(files.map(({ name }) => name)).toEqual([]);
});
