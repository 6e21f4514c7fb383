/** Measures again what a day of pulls takes in the rollups, for `measured.json`: some minutes. */
import { writeFileSync } from "node:fs";
import { loadRollups } from "#services/shared/rollup/rollups.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { startEventWarehouse } from "#test/support/event-warehouse.ts";
import { MEASURED_DAYS } from "./measured.ts";
import { type DayOfRollups, measureRollups } from "./traffic.ts";

const rollups = loadRollups(loadRegistry());
const warehouse = await startEventWarehouse();
const measured: Record<string, DayOfRollups> = {};
for (const events of MEASURED_DAYS) measured[events] = await measureRollups(warehouse, rollups, events);
await warehouse.close();
writeFileSync(new URL("measured.json", import.meta.url), `${JSON.stringify(measured, undefined, 2)}\n`);
