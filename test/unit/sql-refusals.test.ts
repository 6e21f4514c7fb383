/** What the translation refuses: by name, with the position, and with a way out where there is one. */
import { describe, expect, test } from "vitest";
import { translate, UnsupportedSqlError } from "#infra/local/bigquery/sql/translate.ts";

const CONTEXT = {
  defaultProject: "acme-prod",
  defaultDataset: "ds",
  parameters: [{ name: "n", type: "INT64" }],
};

async function refusal(sql: string): Promise<string> {
  try {
    await translate(sql, CONTEXT);
  } catch (error) {
    if (error instanceof UnsupportedSqlError) return error.message;
    throw error;
  }
  throw new Error(`was translated: ${sql}`);
}

const REFUSED: readonly (readonly [sql: string, message: RegExp])[] = [
  // Functions outside the catalogue, and arguments outside what is tested.
  ["SELECT 1,\n  SOUNDEX(s) FROM odd", /^The function SOUNDEX .* at \[2:3\]/],
  ["SELECT FARM_FINGERPRINT(s) FROM odd", /FARM_FINGERPRINT .* at \[1:8\]: use TO_HEX\(SHA256/],
  ["SELECT APPROX_TOP_COUNT(s, 3) FROM odd", /APPROX_TOP_COUNT .*: use GROUP BY/],
  ["SELECT id FROM odd WHERE ml.predict(s) > 1", /not supported/],
  ["SELECT NET.HOST(s) FROM odd", /not supported/],
  ["SELECT SAFE.SUBSTR(s, 1) FROM odd", /SAFE\. .* at \[1:13\]: use SAFE_CAST/],
  ["SELECT bq_offset(words, 1) FROM odd", /bq_offset/],
  ["SELECT FORMAT('%d', 1)", /The function FORMAT .*CONCAT/],
  ["SELECT KEYS.NEW_KEYSET('x')", /not supported/],
  ["SELECT LOWER(s, s) FROM odd", /LOWER with 2 arguments/],
  ["SELECT LOWER(DISTINCT s) FROM odd", /LOWER with DISTINCT/],
  ["SELECT LOWER(s) OVER () FROM odd", /LOWER with OVER/],
  ["SELECT ROW_NUMBER() FROM odd", /ROW_NUMBER without OVER/],
  ["SELECT LAG(i) FROM odd", /LAG without OVER/],
  ["SELECT FORMAT_DATE('%Q', d) FROM odd", /FORMAT_DATE with the format element %Q/],
  ["SELECT FORMAT_DATE(s, d) FROM odd", /FORMAT_DATE with a computed argument 1 .*string literal/],
  ["SELECT PARSE_TIMESTAMP('%s', s) FROM odd", /PARSE_TIMESTAMP with the format element %s/],
  ["SELECT REGEXP_EXTRACT(s, s) FROM odd", /REGEXP_EXTRACT with a computed argument 2/],
  ["SELECT REGEXP_EXTRACT(s, '(a)(b)') FROM odd", /more than one capturing group/],
  ["SELECT REGEXP_EXTRACT(s, '(a)?b') FROM odd", /capturing group that may match nothing/],
  ["SELECT REGEXP_EXTRACT(s, '(a)|b') FROM odd", /capturing group that may match nothing/],
  ["SELECT JSON_VALUE(s, '$..a') FROM odd", /JSON_VALUE with the path/],
  ["SELECT TIMESTAMP_TRUNC(ts, DECADE) FROM odd", /with the part DECADE/],
  ["SELECT TIMESTAMP_DIFF(ts, ts, MONTH) FROM odd", /with the part MONTH/],
  ["SELECT EXTRACT(EPOCH FROM ts) FROM odd", /EXTRACT\(EPOCH\)/],
  ["SELECT INTERVAL '1-2' YEAR TO MONTH", /INTERVAL/],
  ["SELECT ARRAY_AGG(i ORDER BY i) OVER () FROM odd", /ARRAY_AGG with ORDER BY or LIMIT and OVER/],
  // Types.
  ["SELECT BIGNUMERIC '1'", /BIGNUMERIC.*: use NUMERIC/],
  ["SELECT CAST(s AS GEOGRAPHY) FROM odd", /GEOGRAPHY/],
  ["SELECT CAST(d AS STRING FORMAT 'YYYY') FROM odd", /FORMAT/],
  ["CREATE TABLE ds.t (a STRING(10))", /not supported/],
  ["SELECT @missing", /The parameter missing/],
  ["SELECT @@error.message", /system variable/],
  // Clauses.
  ["SELECT * FROM odd FOR SYSTEM_TIME AS OF ts", /SYSTEM TIME/],
  ["SELECT * FROM odd TABLESAMPLE SYSTEM (10 PERCENT)", /TABLE SAMPLE/],
  ["SELECT * FROM odd PIVOT(SUM(i) FOR s IN ('a', 'b'))", /PIVOT/],
  ["SELECT * FROM odd UNPIVOT(v FOR k IN (i, id))", /UNPIVOT|PIVOT|not supported/],
  ["SELECT * FROM `acme.ds.events_*`", /wildcard table .* at \[1:15\]: name the tables/],
  ["FROM odd |> WHERE id > 1", /Pipe syntax .* at \[1:10\]/],
  ["SELECT * FROM pull, UNNEST(body.policy_results) AS r", /SELECT \* over UNNEST.*name the columns/],
  ["SELECT 1 UNION SELECT 2", /UNION without ALL or DISTINCT/],
  ["SELECT 1 INTERSECT ALL SELECT 2", /not supported/],
  ["SELECT s LIKE ANY ('a', 'b') FROM odd", /LIKE ANY .*: use OR/],
  ["SELECT s ILIKE 'a' FROM odd", /operator ILIKE/],
  ["SELECT s COLLATE 'und:ci' FROM odd", /COLLATION/],
  ["SELECT * FROM odd JOIN pull", /JOIN without ON or USING/],
  ["SELECT 1 FROM ds.INFORMATION_SCHEMA.JOBS", /INFORMATION_SCHEMA\.JOBS/],
  ["SELECT a FROM a.b.c.d", /table name a\.b\.c\.d/],
  ["SELECT tag FROM ds.tag", /The row tag .* at \[1:8\]: name its columns/],
  // Statements.
  ["DECLARE x INT64 DEFAULT 1", /A script \(DECLARE\)/],
  ["BEGIN TRANSACTION", /A script \(BEGIN\)/],
  ["SELECT 1; SELECT 2", /several statements .* at \[1:9\]/],
  ["CREATE TEMP FUNCTION f(x INT64) AS (x + 1)", /CREATE FUNCTION/],
  ["CREATE TABLE ds.t LIKE ds.u", /CREATE TABLE \.\.\. LIKE/],
  ["CREATE TABLE ds.t CLONE ds.u", /CLONE/],
  ["CREATE TEMP TABLE t AS SELECT 1 AS a", /TEMPORARY in CREATE TABLE/],
  ["CREATE MATERIALIZED VIEW ds.v AS SELECT 1 AS a", /MATERIALIZED/],
  ["CREATE TABLE ds.t (a INT64 DEFAULT 5)", /DEFAULT|constraint/],
  ["ALTER TABLE ds.t DROP COLUMN a", /ALTER TABLE with anything but ADD COLUMN/],
  ["ALTER TABLE ds.t SET OPTIONS (description = 'x')", /ALTER TABLE/],
  ["DELETE FROM ds.t", /DELETE without WHERE.*: write WHERE TRUE/],
  ["UPDATE ds.t SET a = 1", /UPDATE without WHERE/],
  ["UPDATE ds.t SET s.a = 1, s.b = 2 WHERE TRUE", /Setting s twice.*: one statement for each field/],
  ["EXPORT DATA OPTIONS (uri = 'gs://x/*') AS SELECT 1", /EXPORT/],
  ["CREATE SCHEMA x", /CREATE SCHEMA/],
  ["GRANT `roles/x` ON TABLE ds.t TO 'user:a'", /not supported/],
  ["SELECT FROM WHERE", /syntax error/],
  ["SELECT 'open", /without its closing quote .* at \[1:8\]/],
  ["SELECT '\\q'", /escape sequence/],
  ["", /empty statement/],
];

describe("the SQL translation refuses", () => {
  test.each(REFUSED)("%s", async (sql, message) => {
    expect(await refusal(sql)).toMatch(message);
  });

  test("a table without a dataset when there is no default", async () => {
    const context = { defaultProject: "p", parameters: [] };
    await expect(translate("SELECT 1 FROM t", context)).rejects.toThrow(/t without a dataset .* at \[1:15\]/);
  });
});
