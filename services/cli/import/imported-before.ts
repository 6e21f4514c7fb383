/**
 * The lines that an older version has imported under another identity. It took a file's name for the id of the file's only
 * event; the digest of the line stands beside that id.
 */
import { isNotFound, type Questioner } from "#services/shared/gcp/query.ts";
import type { EventTable } from "#services/shared/schema/registry.ts";
import type { Workshop } from "../archive/workshop.ts";

/**
 * Returns the digests; some hundred bytes of memory each. There is one for each flush of the recorder in which a day had one
 * event, so at most 480 a day and region.
 */
export async function importedBefore(
  { type, table }: EventTable,
  source: string,
  { registry, warehouse, questioner }: Workshop,
): Promise<ReadonlySet<string>> {
  const digests = new Set<string>();
  for (const name of [table, registry.rejected.table])
    for await (const digest of digestsIn(warehouse.quoted(name), { type, source }, questioner))
      digests.add(digest);
  return digests;
}

async function* digestsIn(
  table: string,
  event: { readonly type: string; readonly source: string },
  questioner: Questioner,
): AsyncGenerator<string, void, void> {
  try {
    const parameters = {
      type: { type: "STRING", value: event.type },
      source: { type: "STRING", value: event.source },
    };
    const { rows } = await questioner.ask({ sql: otherIdentities(table), parameters });
    for await (const row of rows) yield row["data_digest"] as string;
  } catch (error) {
    // Nothing of the type has been loaded so far.
    if (!isNotFound(error)) throw error;
  }
}

/** @param table the quoted name; `@type` and `@source` are the events' */
export function otherIdentities(table: string): string {
  return `SELECT DISTINCT data_digest
FROM ${table}
WHERE source = 'import' AND ce_type = @type AND ce_source = @source AND ce_id != data_digest`;
}
