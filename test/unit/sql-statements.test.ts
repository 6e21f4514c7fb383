/** Statements of the SQL translation, run one after the other on DuckDB; and what is said about them. */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { beforeEach, describe, expect, test } from "vitest";
import { MACROS } from "#infra/local/bigquery/sql/macros.ts";
import { type Translated, translate } from "#infra/local/bigquery/sql/translate.ts";

const CONTEXT = { defaultProject: "acme-prod", defaultDataset: "ds", parameters: [], jsonColumns: ["extra"] };
let connection: DuckDBConnection;

beforeEach(async () => {
  connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run("SET TimeZone = 'UTC'");
  for (const macro of MACROS) await connection.run(macro);
  await connection.run('CREATE SCHEMA "ds"');
});

async function run(sql: string): Promise<{ translated: Translated; rows: unknown[] }> {
  const translated = await translate(sql, CONTEXT);
  const reader = await connection.runAndReadAll(translated.sql);
  return { translated, rows: reader.getRowsJson() };
}

const CREATE = `CREATE TABLE IF NOT EXISTS \`acme-prod.ds.pull\` (
  ce_source STRING NOT NULL OPTIONS (description = 'who (and) where'), ce_id STRING NOT NULL, ce_time TIMESTAMP,
  received_at TIMESTAMP, loaded_at TIMESTAMP,
  actor STRUCT<act STRUCT<\`aws-arn\` STRING>>, price NUMERIC, parts ARRAY<STRUCT<n INT64>>, extra JSON, at DATETIME, raw BYTES
) PARTITION BY TIMESTAMP_TRUNC(ce_time, DAY) CLUSTER BY ce_source, ce_id OPTIONS (description = "events")`;

const MERGE = `MERGE \`acme-prod.ds.pull\` T
USING (SELECT * FROM ds.staging QUALIFY ROW_NUMBER() OVER (PARTITION BY ce_source, ce_id ORDER BY received_at) = 1) S
ON T.ce_source = S.ce_source AND T.ce_id = S.ce_id
  AND (T.ce_time BETWEEN TIMESTAMP '2026-01-01 00:00:00.123456+00' AND TIMESTAMP '2026-01-02 00:00:00+00' OR T.ce_time IS NULL)
WHEN NOT MATCHED THEN INSERT (ce_source, ce_id, ce_time, received_at, loaded_at)
VALUES (S.ce_source, S.ce_id, S.ce_time, S.received_at, CURRENT_TIMESTAMP())`;

const STAGING = `CREATE OR REPLACE TABLE ds.staging AS
SELECT 'cgr' AS ce_source, id AS ce_id, TIMESTAMP '2026-01-01 00:00:00.123456+00' AS ce_time,
  TIMESTAMP_ADD(TIMESTAMP '2026-01-01 00:00:01+00', INTERVAL at SECOND) AS received_at
FROM UNNEST([STRUCT('a' AS id, 5 AS at), STRUCT('a', 2), STRUCT('b', 1)])`;

const PULL = { project: "acme-prod", dataset: "ds", table: "pull" };

describe("statements", () => {
  test("CREATE TABLE keeps names and types and drops what is physical", async () => {
    const { translated } = await run(CREATE);
    expect(translated).toMatchObject({ statementType: "CREATE_TABLE", target: PULL, referenced: [PULL] });
    const { columnTypes } = await columnsOf("pull");
    expect(columnTypes).toEqual({
      ce_source: "VARCHAR",
      ce_id: "VARCHAR",
      ce_time: "TIMESTAMP WITH TIME ZONE",
      received_at: "TIMESTAMP WITH TIME ZONE",
      loaded_at: "TIMESTAMP WITH TIME ZONE",
      actor: 'STRUCT(act STRUCT("aws-arn" VARCHAR))',
      price: "DECIMAL(38,9)",
      parts: "STRUCT(n BIGINT)[]",
      extra: "JSON",
      at: "TIMESTAMP",
      raw: "BLOB",
    });
  });

  test("the loader's MERGE inserts each key once, however often it runs", async () => {
    await run(CREATE);
    await run(STAGING);
    const { translated, rows } = await run(MERGE);
    expect(translated).toMatchObject({ statementType: "MERGE", target: PULL, parameters: [] });
    expect(translated.referenced.map((table) => table.table)).toEqual(["staging", "pull"]);
    expect(rows).toEqual([["2"]]);
    expect((await run(MERGE)).rows).toEqual([["0"]]);
    const kept = await run("SELECT ce_id, received_at, loaded_at IS NOT NULL FROM ds.pull ORDER BY ce_id");
    expect(kept.rows).toEqual([
      ["a", "2026-01-01 00:00:03+00", true],
      ["b", "2026-01-01 00:00:02+00", true],
    ]);
  });

  test("a TIMESTAMP literal in MERGE ON is a moment, whatever zone the session has", async () => {
    await run(CREATE);
    await run(STAGING);
    await run(MERGE);
    await connection.run("SET TimeZone = 'America/New_York'");
    expect((await run(MERGE)).rows).toEqual([["0"]]);
  });

  test("MERGE with UPDATE, DELETE, INSERT ROW and NOT MATCHED BY SOURCE", async () => {
    await run("CREATE TABLE ds.t AS SELECT id, 'old' AS v FROM UNNEST([1, 2, 3]) AS id");
    await run("CREATE TABLE ds.s AS SELECT id, 'new' AS v FROM UNNEST([2, 3, 4]) AS id");
    await run(`MERGE INTO ds.t USING ds.s AS s ON t.id = s.id
      WHEN MATCHED AND s.id = 3 THEN DELETE WHEN MATCHED THEN UPDATE SET v = CONCAT(s.v, '!')
      WHEN NOT MATCHED BY TARGET THEN INSERT ROW WHEN NOT MATCHED BY SOURCE THEN DELETE`);
    expect((await run("SELECT id, v FROM ds.t ORDER BY id")).rows).toEqual([
      ["2", "new!"],
      ["4", "new"],
    ]);
  });

  test("INSERT, UPDATE, DELETE and TRUNCATE", async () => {
    await run("CREATE TABLE ds.t (id INT64, v STRING)");
    expect((await run("INSERT ds.t (id, v) VALUES (1, 'a'), (2, NULL)")).translated.statementType).toBe(
      "INSERT",
    );
    await run("INSERT INTO acme-prod.ds.t (v, id) SELECT 'c', 3");
    await run("UPDATE ds.t SET v = IFNULL(v, 'none'), id = id * 10 WHERE id > 1");
    await run("UPDATE ds.t AS x SET v = u.v FROM (SELECT 30 AS id, 'from' AS v) AS u WHERE x.id = u.id");
    await run("DELETE ds.t WHERE id = 1");
    expect((await run("SELECT id, v FROM ds.t ORDER BY id")).rows).toEqual([
      ["20", "none"],
      ["30", "from"],
    ]);
    expect((await run("TRUNCATE TABLE ds.t")).translated).toMatchObject({ statementType: "TRUNCATE_TABLE" });
    expect((await run("SELECT COUNT(*) FROM ds.t")).rows).toEqual([["0"]]);
  });

  test("UPDATE of a field of a STRUCT leaves the others, and makes a STRUCT of NULL", async () => {
    await run("CREATE TABLE ds.t (id INT64, s STRUCT<a INT64, `b-c` STRUCT<d STRING, e ARRAY<STRING>>>)");
    await run(
      "INSERT ds.t (id, s) VALUES (1, STRUCT(7 AS a, STRUCT('d' AS d, ['e'] AS e) AS `b-c`)), (2, NULL)",
    );
    await run("UPDATE ds.t SET id = id * 10, s.`b-c`.d = CONCAT(IFNULL(s.`b-c`.d, 'no'), '!') WHERE TRUE");
    await run("UPDATE ds.t AS x SET S.A = 8 WHERE x.s.a IS NULL");
    const { rows } = await run("SELECT id, s.a, s.`b-c`.d, ARRAY_LENGTH(s.`b-c`.e) FROM ds.t ORDER BY id");
    expect(rows).toEqual([
      ["10", "7", "d!", "1"],
      ["20", "8", "no!", null],
    ]);
  });

  test("a view with a macro in it answers", async () => {
    const { translated } = await run(
      "CREATE OR REPLACE VIEW ds.v OPTIONS (description = 'x') AS SELECT 7 / 2 AS half",
    );
    expect(translated.statementType).toBe("CREATE_VIEW");
    await run("CREATE VIEW IF NOT EXISTS ds.w (n) AS SELECT DIV(7, 2) FROM ds.v");
    expect((await run("SELECT half, n FROM ds.v, ds.w")).rows).toEqual([[3.5, "3"]]);
    await run("DROP VIEW ds.w");
    await run("DROP VIEW IF EXISTS ds.w");
  });

  test("ALTER TABLE ADD COLUMN takes several columns", async () => {
    await run("CREATE TABLE ds.t (id INT64)");
    await run(
      "ALTER TABLE ds.t ADD COLUMN IF NOT EXISTS a STRING OPTIONS (description = 'x'), ADD COLUMN b STRUCT<c INT64>",
    );
    expect(Object.keys((await columnsOf("t")).columnTypes)).toEqual(["id", "a", "b"]);
    expect((await run("DROP TABLE IF EXISTS ds.t")).translated.target?.table).toBe("t");
  });

  test("INFORMATION_SCHEMA is read from the tables kept for it", async () => {
    const read = async (from: string) => (await translate(`SELECT table_name FROM ${from}`, CONTEXT)).sql;
    const of = (where: string) =>
      `SELECT "table_name" AS "table_name" FROM (SELECT * FROM "__information_schema"."tables"${where}) AS "TABLES"`;
    expect(await read("ds.INFORMATION_SCHEMA.TABLES")).toBe(of(" WHERE table_schema = 'ds'"));
    expect(await read("`acme-prod`.ds.INFORMATION_SCHEMA.TABLES")).toBe(of(" WHERE table_schema = 'ds'"));
    expect(await read("`acme-prod.ds.INFORMATION_SCHEMA.TABLES`")).toBe(of(" WHERE table_schema = 'ds'"));
    expect(await read("`region-us`.INFORMATION_SCHEMA.TABLES")).toBe(of(""));
    expect((await translate("SELECT 1 FROM ds.INFORMATION_SCHEMA.COLUMNS", CONTEXT)).referenced).toEqual([]);
  });

  test("tables are named with and without project, dataset and backticks", async () => {
    const names = [
      "pull",
      "ds.pull",
      "acme-prod.ds.pull",
      "`acme-prod.ds.pull`",
      "`acme-prod`.`ds`.`pull`",
      "`acme-prod`.ds.pull",
    ];
    for (const name of names) {
      const { sql, referenced } = await translate(`SELECT 1 FROM ${name} AS p`, CONTEXT);
      expect(sql).toBe('SELECT CAST(1 AS BIGINT) AS "f0_" FROM "ds"."pull" AS "p"');
      expect(referenced).toEqual([PULL]);
    }
  });

  test("positional parameters become $p1, $p2 and both kinds are cast to their types", async () => {
    const parameters = [{ type: "INT64" }, { type: "ARRAY<STRING>" }];
    const { sql, parameters: used } = await translate("SELECT ? + 1, 'x?' IN UNNEST(?)", {
      ...CONTEXT,
      parameters,
    });
    expect(used).toEqual(["p1", "p2"]);
    expect(sql).toContain("CAST($p1 AS BIGINT)");
    expect(sql).toContain("CAST($p2 AS VARCHAR[])");
    const named = await translate("SELECT @Low", {
      ...CONTEXT,
      parameters: [{ name: "low", type: "NUMERIC" }],
    });
    expect(named.parameters).toEqual(["low"]);
  });

  test("what DuckDB would get wrong at run time is an error", async () => {
    const failing: readonly (readonly [string, RegExp])[] = [
      ["SELECT 1 / 0", /division by zero/],
      ["SELECT MOD(1, 0)", /division by zero/],
      ["SELECT NUMERIC '1' / 3", /NUMERIC is not supported/],
      ["SELECT NUMERIC '1' * NUMERIC '3'", /NUMERIC \* NUMERIC/],
      ["SELECT n + 0.5 FROM (SELECT NUMERIC '1' AS n)", /NUMERIC is not supported/],
      ["SELECT REPEAT('a', -1)", /cannot be negative/],
      ["SELECT AVG(n) FROM (SELECT NUMERIC '1' AS n)", /NUMERIC is not supported/],
      ["SELECT DATE '2026-01-02' - d FROM (SELECT DATE '2026-01-01' AS d)", /difference of two times/],
      ["SELECT DATE_ADD(t, INTERVAL 1 DAY) FROM (SELECT CURRENT_TIMESTAMP() AS t)", /takes a DATE/],
      ["SELECT DATE_DIFF(t, t, DAY) FROM (SELECT CURRENT_TIMESTAMP() AS t)", /takes a DATE/],
      ["SELECT UNIX_SECONDS(DATETIME '2026-01-01 00:00:00')", /takes a TIMESTAMP/],
      ["SELECT [1, 2][OFFSET(2)]", /out of bounds/],
      ["SELECT CAST('x' AS INT64)", /Bad int64 value: x/],
      ["SELECT CAST('1.5' AS INT64)", /Bad int64 value/],
      ["SELECT CAST('yes' AS BOOL)", /Bad bool value/],
      ["SELECT CAST('2026-01-02 10:00:00' AS DATE)", /Invalid date/],
      ["SELECT CAST('nan' AS FLOAT64)", /NaN is not supported/],
      ["SELECT UPPER('ﬁn')", /UPPER of a character/],
      ["SELECT CONTAINS_SUBSTR('Ⅸ', 'IX')", /CONTAINS_SUBSTR over such characters/],
      ["SELECT JSON_QUERY('{}', '$')", /JSON_QUERY over a STRING/],
      ["SELECT STRING(PARSE_JSON('1'))", /not a string/],
      ["SELECT TO_JSON_STRING(STRUCT(1.5 AS f))", /TO_JSON_STRING over/],
      ["SELECT (SELECT x FROM UNNEST([1, 2]) AS x)", /More than one row/i],
    ];
    for (const [sql, message] of failing) await expect(run(sql), sql).rejects.toThrow(message);
  });

  test("a repeated translation comes from the cache and is the same", async () => {
    const first = await translate(MERGE, CONTEXT);
    expect(await translate(MERGE, CONTEXT)).toBe(first);
    expect(await translate(MERGE, { ...CONTEXT, defaultProject: "other" })).not.toBe(first);
  });
});

async function columnsOf(table: string): Promise<{ columnTypes: Record<string, unknown> }> {
  const reader = await connection.runAndReadAll(
    `SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = '${table}' ORDER BY column_index`,
  );
  return { columnTypes: Object.fromEntries(reader.getRows().map(([name, type]) => [String(name), type])) };
}
