/**
 * `make check-sql`: every construct of the catalogue in GoogleSQL's reference implementation and on DuckDB, and every
 * statement of the project in its analyser.
 */
import { writeFile } from "node:fs/promises";
import type { Construct } from "./catalogue/construct.ts";
import { CATALOGUE } from "./catalogue.ts";
import { answerOfDuckDb, openDuckDb } from "./check/duckdb.ts";
import { digestOf, EXPECTED_FILE, type Expected } from "./check/expected.ts";
import { type Analysed, analyseStatements } from "./check/statements.ts";
import { answerText } from "./check/values.ts";
import { openZetaSql, type ZetaSql } from "./check/zetasql.ts";

type Text = ReturnType<typeof answerText>;

interface Verdict {
  readonly construct: Construct;
  readonly verdict: "agreed" | "different" | "not evaluable";
  readonly detail: string;
  /** What the oracle answered. */
  readonly oracle?: Text;
}

/** Exits 1 when one construct differs; `--write` commits the oracle's answers for the unit test. */
async function main(): Promise<number> {
  const zetaSql = await openZetaSql(process.env["PULLHOUSE_ZETASQL"]?.trim() || undefined);
  const verdicts: Verdict[] = [];
  let statements: readonly Analysed[] = [];
  try {
    statements = await analyseStatements(zetaSql);
    const duckDb = await openDuckDb();
    for (const construct of CATALOGUE) {
      const { fails } = construct;
      if (fails !== undefined) {
        const mine = await errorOf(answerOfDuckDb(duckDb, construct.sql));
        verdicts.push(judgeError(construct, fails, mine, await errorOf(zetaSql.evaluate(construct.sql, []))));
        continue;
      }
      const answer = await answerOfDuckDb(duckDb, construct.sql, construct.parameters).catch(
        (cause: unknown) => {
          throw new Error(`DuckDB fails on "${construct.name}"`, { cause });
        },
      );
      const mine = answerText(answer, construct.ordered === true);
      verdicts.push(await judge(construct, mine, zetaSql));
    }
  } finally {
    await zetaSql.close();
  }
  report(verdicts);
  const faults = statements.filter(({ fault }) => fault !== "");
  for (const { name, fault } of faults) console.log(`${name}: ${fault}`);
  console.log(
    `${statements.length - faults.length} of ${statements.length} statements of the project analysed`,
  );
  if (process.argv.includes("--write")) {
    const expected: Expected = Object.fromEntries(
      verdicts.flatMap(({ construct, oracle }) => (oracle ? [[construct.name, digestOf(oracle)]] : [])),
    );
    await writeFile(EXPECTED_FILE, `${JSON.stringify(expected, null, 1)}\n`);
  }
  const unexplained = verdicts.filter(
    ({ verdict, construct }) => verdict === "not evaluable" && !construct.documented,
  );
  return verdicts.length > 0 &&
    statements.length > 0 &&
    faults.length === 0 &&
    verdicts.every((each) => each.verdict !== "different") &&
    unexplained.length === 0
    ? 0
    : 1;
}

/** @returns the error's text, empty when there was none */
async function errorOf(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    () => "",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

function judgeError(construct: Construct, fails: string, mine: string, oracle: string): Verdict {
  const agreed = mine.includes(fails) && oracle.includes(fails);
  return { construct, verdict: agreed ? "agreed" : "different", detail: agreed ? "" : `${oracle} | ${mine}` };
}

/** A construct with a documented answer is asked, too: a younger oracle may know it. */
async function judge(construct: Construct, mine: Text, zetaSql: ZetaSql): Promise<Verdict> {
  const ordered = construct.ordered === true;
  let oracle: Text;
  try {
    oracle = answerText(await zetaSql.evaluate(construct.sql, construct.parameters ?? []), ordered);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const { documented } = construct;
    if (documented === undefined) return { construct, verdict: "not evaluable", detail: why };
    const detail = difference(answerText(documented.answer, ordered), mine);
    if (detail !== "")
      return { construct, verdict: "different", detail: `from the documentation: ${detail}` };
    return { construct, verdict: "not evaluable", detail: `${documented.why}; as documented` };
  }
  const detail = difference(oracle, mine);
  return { construct, verdict: detail === "" ? "agreed" : "different", detail, oracle };
}

function difference(expected: Text, actual: Text): string {
  if (expected.columns !== actual.columns) return `columns ${expected.columns} | ${actual.columns}`;
  const at = expected.rows.findIndex((row, index) => row !== actual.rows[index]);
  if (at === -1 && expected.rows.length === actual.rows.length) return "";
  return `row ${at}: ${expected.rows[at] ?? "none"} | ${actual.rows[at] ?? "none"}`;
}

function report(verdicts: readonly Verdict[]): void {
  const width = Math.max(...verdicts.map(({ construct }) => construct.name.length));
  for (const { construct, verdict, detail } of verdicts) {
    console.log(`${construct.name.padEnd(width)}  ${verdict.padEnd(13)}  ${detail.slice(0, 600)}`.trimEnd());
  }
  const count = (verdict: Verdict["verdict"]) => verdicts.filter((each) => each.verdict === verdict).length;
  console.log(
    `${count("agreed")} agreed, ${count("different")} different, ${count("not evaluable")} not evaluable by the oracle`,
  );
}

process.exitCode = await main();
