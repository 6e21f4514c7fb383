/** What the warehouse has to know to create the table of an event type. */
import type { TableSpec } from "../ports.ts";
import type { EventTable } from "./registry.ts";

export function tableSpec({ table, columns, partitionColumn, clustering }: EventTable): TableSpec {
  return { name: table, columns, partitionColumn, clustering };
}
