/** Takes it out of the rows of a table and then out of the objects that they came from. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { timeCondition } from "#services/loader/merge.ts";
import { PipelineError } from "#services/shared/errors.ts";
import type { Rewriting } from "#services/shared/gcp/rewriting.ts";
import { MANIFEST_KEY, type Manifest, timesOf } from "#services/shared/objects.ts";
import { stagingColumns } from "#services/shared/schema/evolve.ts";
import type { EventTable } from "#services/shared/schema/registry.ts";
import { tableSpec } from "#services/shared/schema/table-spec.ts";
import { madeManifest } from "../archive/objects.ts";
import type { Workshop } from "../archive/workshop.ts";
import type { Found } from "./find.ts";

/**
 * One object at a time, the table before the object: whoever is killed in between finds it again, and every step may
 * be repeated.
 * @returns how many rows of the table changed
 */
export async function redact(
  { object, lines, changed }: Found,
  table: EventTable,
  workshop: Workshop,
  rewrite: Rewriting,
): Promise<number> {
  const { store } = workshop;
  const manifest = object.manifest ?? (await madeManifest(store, object));
  const rows = await updateRows(changed, manifest, table, workshop);
  const bytes = gzipSync(`${lines.join("\n")}\n`);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const was = [...(manifest.was ?? []), manifest.sha256];
  const after: Manifest = { ...manifest, bytes: bytes.byteLength, sha256, was };
  const found = await store.read(object.name);
  if (found === undefined) return rows;
  await rewrite(object.name, bytes, found.generation, { [MANIFEST_KEY]: JSON.stringify(after) });
  return rows;
}

async function updateRows(
  changed: readonly string[],
  manifest: Manifest,
  table: EventTable,
  { store, warehouse, newId }: Workshop,
): Promise<number> {
  const id = newId().toLowerCase();
  const name = `forget/${id}.ndjson.gz`;
  const staging = `staging_forget_${id}`;
  await store.create(name, gzipSync(`${changed.join("\n")}\n`), { contentType: "application/gzip" });
  try {
    const columns = stagingColumns(await warehouse.ensureTable(tableSpec(table)), table.columns);
    const staged = await warehouse.load(`pullhouse-forget-load-${id}`, staging, [name], columns);
    if (staged.outcome !== "done") throw refused(`the load of ${name}`, staged.reason);
    const times = timeCondition("T", timesOf([manifest]));
    const updated = await warehouse.execute(
      `pullhouse-forget-${id}`,
      redactStatement(warehouse.quoted(table.table), warehouse.quotedStaging(staging), table, times),
    );
    if (updated.outcome !== "done") throw refused(`the update of ${table.table}`, updated.reason);
    return updated.rows;
  } finally {
    await store.remove(name);
    await warehouse.dropStaging(staging);
  }
}

/** An event may be in an object twice; which of its lines is taken is the same, as for the table itself. */
export function redactStatement(target: string, staging: string, table: EventTable, range: string): string {
  const set = table.columns
    .filter(({ name }) => name !== "loaded_at")
    .map(({ name }) => `\`${name}\` = S.\`${name}\``);
  return `MERGE ${target} T
USING (
  SELECT * FROM ${staging} WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (PARTITION BY ce_source, ce_id ORDER BY received_at, data_digest) = 1
) S
ON T.ce_source = S.ce_source AND T.ce_id = S.ce_id AND ${range}
WHEN MATCHED THEN
  UPDATE SET ${set.join(", ")}`;
}

const refused = (what: string, reason: string) =>
  new PipelineError("WAREHOUSE_REFUSED", "never", `${what} is refused: ${reason}`);
