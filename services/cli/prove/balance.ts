/** Sets the objects of the bucket against those of the books, and notes what has no counterpart. */

import type { ListedObject } from "#services/shared/gcp/listing.ts";
import { MANIFEST_KEY, type Manifest, partsOf, readManifest } from "#services/shared/objects.ts";
import { type Finding, type Hour, startOfHour } from "./proof.ts";
import { sideBySide } from "./side-by-side.ts";
import type { Period, Times } from "./statements.ts";

/** A row of `bookedObjects`; times in milliseconds since the epoch. */
export interface BookedObject {
  readonly object: string;
  readonly messages: number;
  readonly sha256: string;
  readonly set_aside: boolean;
  readonly reason: string | null;
  readonly is_counted: boolean;
  readonly drained_at: number;
  /** The rest is of its load, for which one row stands. */
  readonly is_first: boolean;
  readonly plan: string;
  readonly type: string;
  readonly hour: number;
  readonly whole: boolean;
  readonly inserted: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly merge_job: string | null;
  /** As the row of the books has them. */
  readonly booked_inserted: number;
  readonly booked_duplicates: number;
  /** Rows in the objects that were taken, those in the staging table, and what the MERGE made of those. */
  readonly sent: number;
  readonly staged: number;
  readonly merged: number;
}

export type BookedLoad = Pick<
  BookedObject,
  "plan" | "type" | "merge_job" | "booked_inserted" | "booked_duplicates"
>;

/** An object that was loaded, with the counts of the whole load. */
export interface LoadedObject extends Times {
  readonly object: string;
  readonly type: string;
  readonly messages: number;
  readonly plan: string;
  readonly inserted: number;
  readonly duplicates: number;
}

/** An object that neither the books nor a mark know. */
export interface Unknown extends Times {
  readonly object: string;
  readonly type: string;
  readonly id: string;
  readonly messages: number;
  readonly drainedAt: number;
}

export interface Evidence {
  readonly objects: AsyncIterable<ListedObject>;
  readonly booked: AsyncIterable<BookedObject>;
  /** `type/id` of every mark. */
  readonly marks: ReadonlySet<string>;
  /** `type/id` of every object in quarantine. */
  readonly quarantine: ReadonlySet<string>;
}

/** Told of each load, and of each object of the period that was loaded and is not marked again. */
export interface Watchers {
  readonly onLoad: (load: BookedLoad) => void;
  readonly onLoaded: (object: LoadedObject) => void | Promise<void>;
}

export interface Balance {
  readonly ledger: Ledger;
  readonly findings: Finding[];
  readonly unknown: readonly Unknown[];
  /** Marks whose object was not met. */
  readonly unmetMarks: ReadonlySet<string>;
}

/** Hours by type, made when they are first named. */
export class Ledger {
  readonly #hours = new Map<string, Hour>();

  at(hour: number, type: string): Hour {
    const key = `${hour}/${type}`;
    const known = this.#hours.get(key);
    if (known !== undefined) return known;
    const counts = { drained: 0, inserted: 0, duplicates: 0, rejected: 0, quarantined: 0, pending: 0 };
    const made = { hour, type, ...counts };
    this.#hours.set(key, made);
    return made;
  }

  hours(): readonly Hour[] {
    return [...this.#hours.values()].toSorted((a, b) => a.hour - b.hour || (a.type < b.type ? -1 : 1));
  }
}

export async function balance(period: Period, evidence: Evidence, watchers: Watchers): Promise<Balance> {
  const ledger = new Ledger();
  const findings: Finding[] = [];
  const unknown: Unknown[] = [];
  const unmetMarks = new Set(evidence.marks);
  const pairs = sideBySide(
    evidence.objects,
    evidence.booked,
    ({ name }) => name,
    // What only stands for its load comes behind the same object where it counts.
    ({ object, is_counted, plan }) => (is_counted ? object : `${object} ${plan}`),
  );
  for await (const { left: listed, right: booked } of pairs) {
    if (booked?.is_first) watchers.onLoad(booked);
    if (booked?.is_first && booked.whole) addLoad(booked, ledger, findings);
    if (booked?.is_counted === false) continue;
    const name = listed?.name ?? booked?.object ?? "";
    const parts = partsOf(name);
    const place = parts === undefined ? name : `${parts.type}/${parts.id}`;
    const type = parts?.type ?? "";
    const isMarked = unmetMarks.delete(place);
    const note = (fault: Finding["fault"], messages: number, detail: string) =>
      findings.push({ fault, type, what: name, messages, detail });

    if (listed === undefined) {
      const { drained_at: at, messages, plan, set_aside: isSetAside } = booked as BookedObject;
      const did = isSetAside ? `set it aside, so its events are in no table` : "has it";
      if (isWithin(period, at))
        note("object gone", messages, `load ${plan} ${did}, and the bucket has it no more`);
      continue;
    }
    const manifest = readManifest(listed.metadata[MANIFEST_KEY] ?? "");
    if (parts === undefined || manifest === undefined) {
      if (isWithin(period, Date.parse(listed.createdAt)))
        note("object without manifest", 0, "not the batcher's, or from before it kept books");
      continue;
    }
    const drainedAt = Date.parse(manifest.drainedAt);
    if (!isWithin(period, drainedAt)) continue;
    if (booked === undefined) {
      const { rows: messages } = manifest;
      if (isMarked) {
        const hour = ledger.at(startOfHour(drainedAt), type);
        hour.drained += messages;
        hour.pending += messages;
      } else unknown.push({ object: name, ...parts, messages, drainedAt, ...timesIn(manifest) });
      continue;
    }
    const digests = [manifest.sha256, ...(manifest.was ?? [])];
    if (manifest.rows !== booked.messages || !digests.includes(booked.sha256))
      note("object changed", manifest.rows, `load ${booked.plan} had ${booked.messages} messages of it`);
    const isInQuarantine = evidence.quarantine.has(place);
    if (booked.set_aside && isInQuarantine)
      note("object in quarantine", booked.messages, booked.reason ?? "no reason is booked");
    if (!booked.set_aside && !isMarked) {
      const { plan, inserted, duplicates } = booked;
      const load = { plan, inserted, duplicates };
      await watchers.onLoaded({ object: name, type, messages: manifest.rows, ...load, ...timesIn(manifest) });
    }
    if (!booked.whole) continue;
    const hour = ledger.at(booked.hour, type);
    hour.drained += manifest.rows;
    // It was put back after its reason was gone, and waits for its load.
    if (booked.set_aside && isMarked && !isInQuarantine) {
      hour.pending += booked.messages;
      hour.quarantined -= booked.messages;
    }
  }
  return { ledger, findings, unknown, unmetMarks };
}

function addLoad(load: BookedObject, ledger: Ledger, findings: Finding[]): void {
  const { type, plan, inserted, sent, staged, merged } = load;
  const hour = ledger.at(load.hour, type);
  if (type === REJECTED) hour.rejected += inserted;
  else hour.inserted += inserted;
  hour.duplicates += load.duplicates;
  hour.quarantined += load.quarantined;
  if (sent === staged && staged === merged) return;
  const detail = `${sent} messages in its objects, ${staged} rows staged, ${merged} merged`;
  findings.push({ fault: "load miscounted", type, what: plan, messages: sent - merged, detail });
}

/** Its rows are in a table like those of any type, and are what the books call rejected. */
const REJECTED = "rejected_events";

function timesIn({ minTime: low, maxTime: high, untimed }: Manifest): Times {
  return { low, high, untimed };
}

function isWithin({ since, until }: Period, at: number): boolean {
  return at >= since && at <= until;
}
