/**
 * Loads that had begun before an object was redacted: their staging tables hold what was there. They are brought to their
 * end, as the loader would and beside it, so that all they had is in tables, where it is found.
 */
import { reasonOf } from "#services/shared/errors.ts";
import { PLANS } from "#services/shared/objects.ts";
import { loadMarked } from "../archive/load-marked.ts";
import type { Workshop } from "../archive/workshop.ts";
import { otherTable, workshopInto } from "../replay/other-table.ts";

/** Of the loader, and of `replay --into`. */
const PLAN = new RegExp(`^(?:replays/([^/]+)/)?${PLANS}(.+)\\.json$`);

/** @returns the plans that cannot be finished here, with the reason */
export async function finishLoads(workshop: Workshop, signal: AbortSignal): Promise<readonly string[]> {
  const staying: string[] = [];
  for (const prefix of [PLANS, "replays/"]) {
    for await (const { name } of workshop.list(prefix)) {
      const [, into, type] = PLAN.exec(name) ?? [];
      if (type === undefined) continue;
      if (signal.aborted) return staying;
      const own = workshop.registry.tables.get(type);
      if (own === undefined) {
        staying.push(`${name}: a load of a type that has no schema file here`);
        continue;
      }
      const table = into === undefined ? own : otherTable(into, own, workshop.registry);
      const place = into === undefined ? workshop : workshopInto(table, workshop);
      // One type's fault must not keep a person in the tables of the others.
      await loadMarked(table, place, signal).catch((error: unknown) => {
        staying.push(`${name}: a load that does not come to its end: ${reasonOf(error)}`);
      });
    }
  }
  return staying;
}
