/** A replay into another table than the type's: its marks and plans are apart from those that the loader follows. */
import { PipelineError } from "#services/shared/errors.ts";
import { PENDING, PLANS } from "#services/shared/objects.ts";
import type { Store } from "#services/shared/ports.ts";
import { isRollupName } from "#services/shared/rollup/rollups.ts";
import type { EventTable, Registry } from "#services/shared/schema/registry.ts";
import type { Workshop } from "../archive/workshop.ts";

/** https://cloud.google.com/bigquery/docs/tables#table_naming, of which this is the part that needs no quoting. */
const TABLE = /^[A-Za-z_][A-Za-z0-9_]{0,1023}$/;

/** @throws PipelineError CONFIG_INVALID */
export function otherTable(name: string, table: EventTable, registry: Registry): EventTable {
  const refuse = (why: string) => new PipelineError("CONFIG_INVALID", "never", `--into ${name}: ${why}`);
  if (!TABLE.test(name)) throw refuse("a table's name has letters, digits and _");
  const isCalled = (other: string) => other.toLowerCase() === name.toLowerCase();
  // Its loads would have plans of their own, and two MERGEs into one table at once may both insert an event.
  if (isCalled(table.table)) throw refuse("that is the type's own table, leave --into out");
  const ours = [registry.loads.name, ...[...registry.tables.values()].map((one) => one.table)];
  if (ours.some(isCalled) || isRollupName(name)) throw refuse("that is the table of something else");
  return { ...table, table: name };
}

/** The workshop for loads into that table, which `otherTable` made. */
export function workshopInto(table: EventTable, workshop: Workshop): Workshop {
  const { registry, store } = workshop;
  const tables = new Map([...registry.tables, [table.type, table]]);
  return { ...workshop, registry: { ...registry, tables }, store: storeFor(table.table, store) };
}

function storeFor(table: string, store: Store): Store {
  const at = (name: string) => (isScoped(name) ? `replays/${table}/${name}` : name);
  const back = (name: string) => name.slice(at(PENDING).length - PENDING.length);
  return {
    ...store,
    create: (name, bytes, options) => store.create(at(name), bytes, options),
    replace: (name, bytes, generation, options) => store.replace(at(name), bytes, generation, options),
    read: async (name) => {
      const found = await store.read(at(name));
      return found && { ...found, name };
    },
    list: async (prefix, limit) => {
      const names = await store.list(at(prefix), limit);
      return isScoped(prefix) ? names.map(back) : names;
    },
    copy: (from, to) => store.copy(at(from), at(to)),
    remove: (name, generation) => store.remove(at(name), generation),
  };
}

const isScoped = (name: string) => name.startsWith(PENDING) || name.startsWith(PLANS);
