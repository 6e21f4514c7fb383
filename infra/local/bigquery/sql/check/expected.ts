/** The oracle's committed answers, by the name of the construct. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Answer, answerText } from "./values.ts";

/** All rows as one digest, and the first few for whoever reads a difference. */
export interface Digest {
  readonly columns: string;
  readonly count: number;
  readonly digest: string;
  readonly first: readonly string[];
}

export type Expected = Readonly<Record<string, Digest>>;

/** Written by `node infra/local/bigquery/sql/oracle.ts --write`. */
export const EXPECTED_FILE = join(import.meta.dirname, "expected.json");

export function digestOf({ columns, rows }: ReturnType<typeof answerText>): Digest {
  const digest = createHash("sha256").update(rows.join("\n")).digest("hex").slice(0, 32);
  return { columns, count: rows.length, digest, first: rows.slice(0, 10).filter((row) => row.length < 400) };
}

export function digestOfAnswer(answer: Answer, ordered: boolean): Digest {
  return digestOf(answerText(answer, ordered));
}
