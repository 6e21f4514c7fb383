/** Which of some objects holds the wanted rows, and what became of its mark. */
import { PipelineError } from "#services/shared/errors.ts";
import { partsOf, pendingMark, type TracesOf } from "#services/shared/objects.ts";
import type { Store } from "#services/shared/ports.ts";
import { textOf } from "../archive/objects.ts";
import type { ObjectStep } from "./chain.ts";
import type { ArchivedRow, Matcher } from "./wanted.ts";

export interface ObjectPorts {
  readonly store: Pick<Store, "read">;
  /** Called with the name of an object that is no gzip or not made of rows, and why: it must not hide the others. */
  readonly onUnreadable: (place: string) => void;
}

interface Found {
  /** At least one. */
  readonly rows: readonly ArchivedRow[];
  readonly step: Omit<ObjectStep, "mark" | "writtenAt">;
}

/** The wanted rows of an object; `undefined` when it is gone, holds none, or cannot be read. */
export async function rowsIn(
  { store, onUnreadable }: ObjectPorts,
  name: string,
  matcher: Matcher,
  traces?: TracesOf,
): Promise<Found | undefined> {
  const stored = await store.read(name);
  if (stored === undefined) return undefined;
  const { generation, bytes } = stored;
  const all = readRows(bytes, name);
  if (typeof all === "string") {
    onUnreadable(`${name}: ${all}`);
    return undefined;
  }
  const rows = all.filter((row) => matcher.row(row, traces));
  if (rows.length === 0) return undefined;
  return { rows, step: { name, generation, bytes: bytes.byteLength, rows: all.length } };
}

/** The reason when there are none to read. */
function readRows(bytes: Buffer, name: string): readonly ArchivedRow[] | string {
  try {
    const lines = textOf(bytes, name).split("\n").filter(Boolean);
    return lines.map((line) => JSON.parse(line) as ArchivedRow);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof PipelineError) return error.message;
    throw error;
  }
}

/** Whether the object is still to be loaded. */
export async function markOf(store: Pick<Store, "read">, object: string): Promise<ObjectStep["mark"]> {
  const parts = partsOf(object);
  if (parts === undefined) return "gone";
  return (await store.read(pendingMark(parts.type, parts.id))) === undefined ? "gone" : "pending";
}
