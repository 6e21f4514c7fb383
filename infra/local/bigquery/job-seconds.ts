/** Makes jobs take as long as BigQuery's do: PULLHOUSE_JOB_SECONDS, such as `load=2-10,merge=2-8,seed=1`. */
import { createRandom, type Random } from "#services/cli/generate/random.ts";
import type { StatementType } from "./sql/emit/statement.ts";

const KINDS = ["LOAD", "INSERT", "UPDATE", "DELETE", "MERGE"] as const satisfies readonly (
  | StatementType
  | "LOAD"
)[];
type Kind = (typeof KINDS)[number];

/** In seconds. */
interface Range {
  readonly least: number;
  readonly most: number;
}

export interface JobSeconds {
  /** A kind that is not in it takes what DuckDB takes. */
  readonly ranges: ReadonlyMap<string, Range>;
  readonly seed: string;
}

/** Waits until a job of the kind that began then has taken its time. @throws the signal's reason when it is aborted */
export type TakeTime = (kind: Kind | StatementType, startedMs: number, signal: AbortSignal) => Promise<void>;

/** Resolves after the time, or rejects when the signal is aborted. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** No job takes longer than BigQuery lets a query run (https://cloud.google.com/bigquery/quotas#query_jobs). */
const SECONDS_MAX = 6 * 60 * 60;
const FORM = `it takes "load=2-10,merge=2-8,seed=1": ${KINDS.map((kind) => kind.toLowerCase()).join(", ")} and seed, each at most once`;

/** @param freshSeed for a value without a seed. @throws Error that says what the variable takes */
export function jobSecondsFrom(env: NodeJS.ProcessEnv, freshSeed: () => string): JobSeconds | undefined {
  const given = env["PULLHOUSE_JOB_SECONDS"]?.trim();
  if (!given) return undefined;
  const ranges = new Map<string, Range>();
  let seed: string | undefined;
  for (const entry of given.split(",")) {
    const [name = "", value = ""] = entry.split("=", 2).map((part) => part.trim());
    const kind = KINDS.find((known) => known.toLowerCase() === name);
    const range = kind && rangeOf(value);
    if (range && !ranges.has(kind)) ranges.set(kind, range);
    else if (name === "seed" && seed === undefined && value !== "") seed = value;
    else throw new Error(`PULLHOUSE_JOB_SECONDS is "${given}", ${FORM}`);
  }
  return { ranges, seed: seed ?? freshSeed() };
}

function rangeOf(text: string): Range | undefined {
  const [, from = "", to = from] = /^(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?$/.exec(text) ?? [];
  const [least, most] = [Number(from), Number(to)];
  return from !== "" && least <= most && most <= SECONDS_MAX ? { least, most } : undefined;
}

/** Times are uniform in their range. Each kind draws from numbers of its own, so the kinds do not change each other's. */
export function createTakeTime(
  seconds: JobSeconds | undefined,
  { now, sleep }: { readonly now: () => number; readonly sleep: Sleep },
): TakeTime {
  if (seconds === undefined) return async () => {};
  const { ranges, seed } = seconds;
  const randoms = new Map<string, Random>(
    [...ranges.keys()].map((kind) => [kind, createRandom(`${seed} ${kind}`)]),
  );
  return async (kind, startedMs, signal) => {
    const range = ranges.get(kind);
    const random = randoms.get(kind);
    if (range === undefined || random === undefined) return;
    const ms = Math.round(1000 * (range.least + random() * (range.most - range.least)));
    const left = startedMs + ms - now();
    if (left <= 0) return;
    await sleep(left, signal).catch((error: unknown) => {
      // Node's own rejection would hide why the job ends.
      signal.throwIfAborted();
      throw error;
    });
  };
}
