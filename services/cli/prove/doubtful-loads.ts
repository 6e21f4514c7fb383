/**
 * Loads that booked duplicates. What a MERGE did not insert is booked so, whatever the reason: an event that was there
 * already, or rows that were lost before the MERGE read them. So the keys of their objects are looked for in the table.
 */
import type { Store } from "#services/shared/ports.ts";
import type { LoadedObject } from "./balance.ts";
import { compareKeys, type KeySources } from "./compare-keys.ts";
import { wantedKeys } from "./key-statements.ts";
import { keysIn } from "./keys-in.ts";
import type { Finding } from "./proof.ts";

/** Each is one query of 10 MB at least (https://cloud.google.com/bigquery/pricing#on_demand_pricing): $0.006 for all. */
const OBJECTS_MAX = 100;
const WORKERS = 4;

export class DoubtfulLoads {
  /** Everything in them was a duplicate; these come first. */
  readonly #whole: LoadedObject[] = [];
  readonly #partly: LoadedObject[] = [];
  #objects = 0;

  add(object: LoadedObject): void {
    if (object.duplicates === 0) return;
    this.#objects += 1;
    const list = object.inserted <= 0 ? this.#whole : this.#partly;
    if (list.length < OBJECTS_MAX) list.push(object);
  }

  /** What was too much to be compared, in words. */
  get warnings(): readonly string[] {
    const more = this.#objects - OBJECTS_MAX;
    const text = `${more} more objects of loads with duplicates were not compared with their tables: pullhouse prove --deep compares all`;
    return more > 0 ? [text] : [];
  }

  async compare(sources: KeySources, store: Store): Promise<readonly Finding[]> {
    const left = [...this.#whole, ...this.#partly].slice(0, OBJECTS_MAX);
    const findings: Finding[] = [];
    const worker = async () => {
      for (let one = left.shift(); one !== undefined; one = left.shift())
        findings.push(...(await compareObject(one, sources, store)));
    };
    await Promise.all(Array.from({ length: WORKERS }, worker));
    return findings.toSorted((a, b) => (a.what < b.what ? -1 : 1));
  }
}

async function compareObject(
  object: LoadedObject,
  sources: KeySources,
  store: Store,
): Promise<readonly Finding[]> {
  const { object: what, type, plan, duplicates, messages } = object;
  const found = await store.read(what);
  // The next proof says that it is gone.
  if (found === undefined) return [];
  const read = keysIn(found.bytes);
  if (read.outcome === "unreadable")
    return [{ fault: "object unreadable", type, what, messages, detail: read.reason }];
  const findings: Finding[] = [];
  for (const keys of read.chunks) {
    const compared = { type, wanted: wantedKeys(keys), times: object, messages: keys.length };
    for (const finding of await compareKeys(sources, compared, false)) {
      const detail = `load ${plan} booked ${duplicates} duplicates: ${finding.detail}`;
      findings.push({ ...finding, what, detail });
    }
  }
  return findings;
}
