/** Every construct of the SQL catalogue on DuckDB, against answers that DuckDB did not give. */
import { readFileSync } from "node:fs";
import type { DuckDBConnection } from "@duckdb/node-api";
import { beforeAll, describe, expect, test } from "vitest";
import { CATALOGUE } from "#infra/local/bigquery/sql/catalogue.ts";
import { answerOfDuckDb, openDuckDb } from "#infra/local/bigquery/sql/check/duckdb.ts";
import { digestOfAnswer, EXPECTED_FILE, type Expected } from "#infra/local/bigquery/sql/check/expected.ts";
import { FUNCTIONS } from "#infra/local/bigquery/sql/functions/catalogue.ts";

const expected = JSON.parse(readFileSync(EXPECTED_FILE, "utf8")) as Expected;
let connection: DuckDBConnection;

beforeAll(async () => {
  connection = await openDuckDb();
});

describe("the SQL catalogue", () => {
  const failing = CATALOGUE.filter((construct) => construct.fails !== undefined);
  const fromOracle = CATALOGUE.filter(
    ({ documented, fails }) => documented === undefined && fails === undefined,
  );
  const fromDocumentation = CATALOGUE.filter((construct) => construct.documented !== undefined);

  test("has constructs of each kind, each with one name and one expected answer", () => {
    expect(fromOracle.length).toBeGreaterThan(150);
    expect(failing.length).toBeGreaterThan(0);
    expect(fromDocumentation.length).toBeGreaterThan(0);
    expect(new Set(CATALOGUE.map((construct) => construct.name)).size).toBe(CATALOGUE.length);
    expect(Object.keys(expected).sort()).toEqual(fromOracle.map((construct) => construct.name).sort());
  });

  test("shows every function that the translation knows", () => {
    const queries = CATALOGUE.map((construct) => construct.sql.toUpperCase()).join("\n");
    const names = Object.keys(FUNCTIONS);
    expect(names.length).toBeGreaterThan(100);
    expect(names.filter((name) => !new RegExp(`\\b${name}\\s*\\(`).test(queries))).toEqual([]);
  });

  test("has rows to compare", () => {
    const rows = Object.values(expected).map((digest) => digest.count);
    expect(rows.filter((count) => count === 0)).toHaveLength(0);
  });

  test.each(fromOracle)("answers as GoogleSQL's reference implementation: $name", async (construct) => {
    const answer = await answerOfDuckDb(connection, construct.sql, construct.parameters);
    expect(digestOfAnswer(answer, construct.ordered === true)).toEqual(expected[construct.name]);
  });

  test.each(failing)("fails as GoogleSQL's reference implementation: $name", async ({ sql, fails = "" }) => {
    await expect(answerOfDuckDb(connection, sql)).rejects.toThrow(fails);
  });

  test.each(fromDocumentation)("answers as documented: $name", async (construct) => {
    const ordered = construct.ordered === true;
    const answer = await answerOfDuckDb(connection, construct.sql, construct.parameters);
    const { documented } = construct;
    if (documented === undefined) throw new Error("filtered above");
    expect(digestOfAnswer(answer, ordered)).toEqual(digestOfAnswer(documented.answer, ordered));
  });
});
