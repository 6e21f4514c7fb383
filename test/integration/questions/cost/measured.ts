/** What `node test/integration/questions/cost/measure.ts` wrote. */
import { readFileSync } from "node:fs";
import type { DayOfRollups } from "./traffic.ts";

/** Events of a day. The smallest is measured again by a test, the others are what the model stands on. */
export const MEASURED_DAYS = [2_000, 50_000, 200_000] as const;

export function readMeasured(): Readonly<Record<(typeof MEASURED_DAYS)[number], DayOfRollups>> {
  const text = readFileSync(new URL("measured.json", import.meta.url), "utf8");
  return JSON.parse(text) as Readonly<Record<(typeof MEASURED_DAYS)[number], DayOfRollups>>;
}
