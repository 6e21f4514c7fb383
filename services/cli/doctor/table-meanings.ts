/** What it means when a table is not as its file says, and what to do: for those that are loaded, and those that are counted. */
import { ROLLED_UP } from "#services/shared/rollup/rollups.ts";
import type { Verdict } from "./check.ts";
import type { Deployment } from "./exam.ts";

export interface TableMeaning {
  /** A column has another type, or is required. */
  readonly other: { readonly verdict: Verdict; readonly means: string; readonly advice: string };
  /** What adds a column. */
  readonly lacking: string;
  readonly unpartitioned: { readonly means: string; readonly advice: string };
  /** What makes the table. */
  readonly absent: string;
}

export const LOADED: TableMeaning = {
  other: {
    verdict: "broken",
    means: "its loads are refused, and their objects wait",
    advice: "change the schema file back to the table's, or copy the rows into a table of the right kind",
  },
  lacking: "the next load of its type adds it; views and questions that read it fail until then",
  unpartitioned: {
    means: "every query and MERGE reads all of it",
    advice: "partitions cannot be added: copy it into a new table that has them (docs/operate/replay.md)",
  },
  absent: "the loader creates one with its first event; views that read it fail until then",
};

/**
 * Its rows can be counted again, so it is dropped and made anew. With it goes what says that they are there: an empty table
 * would pass for counted.
 * @param isNoted whether there is a table that says which days are counted
 */
export function countedMeaning(
  name: string,
  isNoted: boolean,
  { project, dataset }: Deployment,
): TableMeaning {
  const drop = (table: string) => `bq rm -f -t ${project}:${dataset}.${table}`;
  const then = "the loader makes what is missing and counts the days again, at once with `pullhouse rollup`";
  const others = isNoted && name !== ROLLED_UP.name ? [drop(ROLLED_UP.name)] : [];
  const again = `${[drop(name), ...others].join(" && ")}; ${then}`;
  return {
    other: { verdict: "look", means: "no day is counted, and questions read events", advice: again },
    lacking: "the loader adds it when it next counts a day, at once with `pullhouse rollup`",
    unpartitioned: { means: "every question and every count reads all of it", advice: again },
    absent: others.length === 0 ? `${then}; questions read events until then` : `${others.join()}; ${then}`,
  };
}
