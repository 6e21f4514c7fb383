/** Where it is: archived rows by type, and objects that the pipeline has put aside. */
import { gunzipSync } from "node:zlib";
import { DEAD_LETTERS, EVENTS, QUARANTINE, SPILL } from "#services/shared/objects.ts";
import { type ArchivedObject, archivedObjects, linesOf } from "../archive/objects.ts";
import type { Workshop } from "../archive/workshop.ts";
import { type Term, without } from "./term.ts";

export interface Found {
  readonly object: ArchivedObject;
  /** All lines of the object, redacted. */
  readonly lines: readonly string[];
  /** Those that are not what they were. */
  readonly changed: readonly string[];
}

const ALL_DAYS = { from: "0001-01-01", to: "9999-12-31" } as const;

export async function archivedTypes({ store }: Workshop): Promise<readonly string[]> {
  return (await store.folders(EVENTS)).map((folder) => folder.slice(EVENTS.length, -1)).toSorted();
}

export async function* findRows(
  type: string,
  term: Term,
  { list, store }: Workshop,
): AsyncGenerator<Found, void, void> {
  for await (const object of archivedObjects(list, type, ALL_DAYS)) {
    const before = await linesOf(store, object.name);
    const lines = before.map((line) => without(term, line));
    const changed = lines.filter((line, index) => line !== before[index]);
    if (changed.length > 0) yield { object, lines, changed };
  }
}

/** Objects that are in nobody's way, and are not changed: a person decides about them. */
export async function* findAside(term: Term, { list, store }: Workshop): AsyncGenerator<string, void, void> {
  for (const prefix of [QUARANTINE, DEAD_LETTERS, SPILL]) {
    for await (const { name } of list(prefix)) {
      const found = await store.read(name);
      if (found !== undefined && holds(name.endsWith(".gz") ? gunzipSync(found.bytes) : found.bytes, term))
        yield name;
    }
  }
}

const BASE64 = /"data_base64":"([^"]*)"/g;

function holds(bytes: Buffer, term: Term): boolean {
  const text = bytes.toString("latin1");
  const inside = [...text.matchAll(BASE64)].map(([, base64 = ""]) =>
    Buffer.from(base64, "base64").toString("latin1"),
  );
  return [text, ...inside].some((one) => one.search(term.pattern) !== -1);
}
