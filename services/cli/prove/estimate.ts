/** What a proof would read, before it does. */
import { EVENTS, MANIFEST_KEY, partsOf, readManifest } from "#services/shared/objects.ts";
import { keyOf, RAW_TABLES } from "#services/shared/schema/key.ts";
import { tableNameOf } from "#services/shared/schema/registry.ts";
import { bytesText, priceText } from "../query/price.ts";
import { misplacedEvents, wantedKeys } from "./key-statements.ts";
import { eventsSince, foldersOf, type Sources } from "./prove.ts";
import {
  bookedObjects,
  type LoadedTable,
  loadedTables,
  type Period,
  rowsOfLoads,
  type Times,
} from "./statements.ts";
import { openTables, type Tables } from "./tables.ts";
import { NO_TIMES, widened } from "./times.ts";

/** Two texts, a sender, a type and two times, as the scratch table stores them: 150 bytes for Chainguard's events. */
const KEY_BYTES = 200;

/** Line by line; the last one has the sum and its price. */
export async function* estimate(sources: Sources, period: Period, deep: boolean): AsyncGenerator<string> {
  const { questioner, dataset, look } = sources;
  let total = 0;
  const line = (what: string, bytes: number) => {
    total += bytes;
    return `${what}: ${bytesText(bytes)}\n`;
  };
  yield line("loads", await questioner.estimate(bookedObjects(dataset, period)));
  const { rows } = await questioner.ask(loadedTables(dataset, period));
  for await (const row of rows) {
    const table = row as unknown as LoadedTable;
    yield line(table.name, await questioner.estimate(rowsOfLoads(dataset, period, table, undefined)));
  }
  if (deep) {
    const tables = await openTables(look, period.until);
    for await (const archived of archivedTypes(sources, period)) {
      const { type, objects, messages } = archived;
      const bytes = messages * KEY_BYTES + (await bytesOfKeys(sources, tables, archived));
      yield line(`keys of ${type}: ${objects} objects, ${messages} messages`, bytes);
    }
  }
  const beside = deep
    ? "load jobs are free; beside it one list request per 1,000 objects of the period"
    : "beside it one list request per 1,000 objects of the period, and at most 100 small queries for loads with duplicates";
  yield `in all ${priceText(total)}; ${beside}\n`;
}

interface ArchivedType {
  readonly type: string;
  readonly times: Times;
  readonly objects: number;
  readonly messages: number;
}

/** By the manifests; what waits for its load is counted, too. */
async function* archivedTypes({ list, store }: Sources, period: Period): AsyncGenerator<ArchivedType> {
  for (const folder of await foldersOf(store, period)) {
    let archived: ArchivedType = {
      type: folder.slice(EVENTS.length, -1),
      times: NO_TIMES,
      objects: 0,
      messages: 0,
    };
    for await (const { name, metadata } of eventsSince(list, [folder], period.since)) {
      const manifest = readManifest(metadata[MANIFEST_KEY] ?? "");
      if (manifest === undefined || partsOf(name) === undefined) continue;
      const { rows, minTime: low, maxTime: high, untimed } = manifest;
      archived = {
        ...archived,
        times: widened(archived.times, { low, high, untimed }),
        objects: archived.objects + 1,
        messages: archived.messages + rows,
      };
    }
    if (archived.objects > 0) yield archived;
  }
}

async function bytesOfKeys(
  { questioner, dataset }: Sources,
  tables: Tables,
  { type, times }: ArchivedType,
): Promise<number> {
  const table = tableNameOf(type);
  if (!tables.has(table)) return 0;
  const others = RAW_TABLES.includes(table) ? [] : RAW_TABLES.filter((name) => tables.has(name));
  const where = { table, key: keyOf(type), others, times, keptSince: undefined };
  return questioner.estimate(misplacedEvents(dataset, wantedKeys([]), where));
}
