/** What goes wrong in a seed for hours, or by somebody's hand. */
import { below, chance, pick } from "#services/cli/generate/random.ts";
import type { Outage } from "./bigquery.ts";
import type { Cloud } from "./cloud.ts";
import type { World } from "./world.ts";

/** Chooses an outage for a seed, or none. */
export function chooseOutage(world: World): Outage | undefined {
  if (!chance(world.random, 0.08)) return undefined;
  const hours = world.between(1, pick(world.random, [2, 6, 30]));
  return { of: pick(world.random, ["dml", "jobs"] as const), until: world.now + hours * 3_600_000 };
}

/** Staging tables, tables and old rows that go while loads are under way. @param ms until when */
export function deleteByHand(world: World, { bigquery }: Cloud, ms: number): void {
  const times = (probability: number, act: () => void) => {
    if (!chance(world.random, probability)) return;
    for (let count = 1 + below(world.random, 8); count > 0; count--) world.after(world.between(0, ms), act);
  };
  times(0.2, () => bigquery.deleteStaging());
  times(0.1, () => bigquery.deleteTarget());
  times(0.1, () => bigquery.expireRows(new Date(world.now - 20 * 60_000).toISOString()));
}
