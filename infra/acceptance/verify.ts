/** What must be true of a deployment at the end: exact rows, audited objects, nothing broken. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { warehousePlace } from "#services/cli/place.ts";
import { provePlaces } from "#services/cli/prove/places.ts";
import { isWell, startOfHour } from "#services/cli/prove/proof.ts";
import { openSources, prove } from "#services/cli/prove/prove.ts";
import { proofText } from "#services/cli/prove/render.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { REPOSITORY_ROOT } from "../local/up/running-part.ts";
import type { Exercise } from "./exercise.ts";
import { allRows, compareRows, comparisonText, isExact } from "./rows.ts";
import { StepError } from "./steps.ts";

/** Compares every row of every table with the events that were accepted, once nothing waits. */
export async function compareAllRows({ deployment, expected, observed }: Exercise): Promise<string> {
  await deployment.settle();
  const tables = [...loadRegistry("schemas").tables.values()].map(({ table }) => table);
  const place = warehousePlace(deployment.env, {});
  const comparison = await compareRows(expected, allRows(place, place.dataset, tables));
  observed.rows = comparison.rows;
  if (!isExact(comparison)) throw new StepError(comparisonText(comparison));
  return comparisonText(comparison);
}

/** As `pullhouse prove --deep` does: every message that was drained, and the key of every archived event. */
export async function auditMessages({ deployment, observed, clock, signal }: Exercise): Promise<string> {
  const sources = openSources(provePlaces(deployment.env));
  const period = { since: startOfHour(observed.startedAt), until: clock.now() };
  const proof = await prove(sources, period, { deep: true, signal });
  if (!isWell(proof)) throw new StepError(proofText(proof, false).trim());
  const drained = proof.hours.reduce((sum, hour) => sum + hour.drained, 0);
  return `every one of ${drained} messages is accounted for, and every archived event has its row`;
}

interface Examined {
  readonly counts: Readonly<Record<string, number>>;
  readonly findings: readonly { readonly verdict: string; readonly what: string; readonly found: string }[];
}

/** @throws StepError when `pullhouse doctor` calls anything broken, or cannot find it out */
export async function examine({ deployment }: Exercise): Promise<string> {
  const { counts, findings } = JSON.parse(await pullhouse(["doctor", "--json"], deployment.env)) as Examined;
  const bad = findings.filter(({ verdict }) => verdict === "broken" || verdict === "unknown");
  if (bad.length > 0) throw new StepError(bad.map(({ what, found }) => `${what}: ${found}`).join("; "));
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([verdict, count]) => `${count} ${verdict}`)
    .join(", ");
}

/** Runs the command as its users do. @returns what it prints @throws StepError when it prints nothing */
function pullhouse(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [join(REPOSITORY_ROOT, "services/cli/bin.js"), ...args],
      { env: { ...process.env, ...env }, cwd: REPOSITORY_ROOT },
      // Its exit status repeats what it prints.
      (_error, out, errors) => {
        if (out === "") reject(new StepError(`pullhouse ${args.join(" ")}: ${errors.trim()}`));
        else resolve(out);
      },
    );
  });
}
