/** Which of some objects holds the wanted rows, and what became of its mark. */
import { partsOf, pendingMark, type TracesOf } from "#services/shared/objects.ts";
import type { Store } from "#services/shared/ports.ts";
import { textOf } from "../archive/objects.ts";
import type { ObjectStep } from "./chain.ts";
import type { ArchivedRow, Matcher } from "./wanted.ts";

export interface Found {
  readonly rows: readonly ArchivedRow[];
  readonly step: Omit<ObjectStep, "mark" | "writtenAt">;
}

/**
 * The wanted rows of an object.
 * @returns `undefined` when the object is gone
 * @throws PipelineError STORE_UNAVAILABLE when it is no gzip or not made of rows
 */
export async function rowsIn(
  store: Pick<Store, "read">,
  name: string,
  matcher: Matcher,
  traces?: TracesOf,
): Promise<Found | undefined> {
  const stored = await store.read(name);
  if (stored === undefined) return undefined;
  const { generation, bytes } = stored;
  const lines = textOf(bytes, name).split("\n").filter(Boolean);
  const rows = lines.map((line) => JSON.parse(line) as ArchivedRow).filter((row) => matcher.row(row, traces));
  return { rows, step: { name, generation, bytes: bytes.byteLength, rows: lines.length } };
}

/** Whether the object is still to be loaded. */
export async function markOf(store: Pick<Store, "read">, object: string): Promise<ObjectStep["mark"]> {
  const parts = partsOf(object);
  if (parts === undefined) return "gone";
  return (await store.read(pendingMark(parts.type, parts.id))) === undefined ? "gone" : "pending";
}
