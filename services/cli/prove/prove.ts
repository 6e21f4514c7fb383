/** Balances the books of a period: what was drained, against what was loaded, against what is in the tables. */
import { createListing, type ListedObject, type Listing } from "#services/shared/gcp/listing.ts";
import { createQuestioner, isNotFound, type Question, type Questioner } from "#services/shared/gcp/query.ts";
import { createStore } from "#services/shared/gcp/storage.ts";
import { EVENTS, PENDING, QUARANTINE } from "#services/shared/objects.ts";
import type { Store } from "#services/shared/ports.ts";
import type { BucketPlace, WarehousePlace } from "../place.ts";
import { type BookedObject, balance } from "./balance.ts";
import { lookAtMarks } from "./marks.ts";
import type { Finding, Proof } from "./proof.ts";
import { bookedObjects, type LoadedTable, loadedTables, type Period, rowsOfLoads } from "./statements.ts";
import { lookAtUnknown } from "./unknown.ts";

export interface Places {
  readonly warehouse: WarehousePlace;
  readonly bucket: BucketPlace;
}

/** What the steps of a proof ask. */
export interface Sources {
  readonly dataset: string;
  readonly questioner: Questioner;
  readonly store: Store;
  readonly list: Listing;
}

const REQUEST_TIMEOUT_MS = 60_000;

export function openSources({ warehouse, bucket }: Places): Sources {
  const options = { ...bucket, requestTimeoutMs: REQUEST_TIMEOUT_MS };
  return {
    dataset: warehouse.dataset,
    questioner: createQuestioner(warehouse),
    store: createStore(options),
    list: createListing(options),
  };
}

/**
 * Looks at marks, then at the books, then at the objects: whatever moves on meanwhile is seen where it arrives.
 * @param onStep called with what is being looked at
 */
export async function prove(
  sources: Sources,
  period: Period,
  onStep: (step: string) => void,
): Promise<Proof> {
  const { dataset, questioner, list, store } = sources;
  onStep("marks");
  const marks = new Set<string>();
  for await (const { name } of list(PENDING)) marks.add(name.slice(PENDING.length));
  const quarantine = new Set<string>();
  for await (const { name } of list(QUARANTINE)) {
    if (name.endsWith(SET_ASIDE)) quarantine.add(name.slice(QUARANTINE.length, -SET_ASIDE.length));
  }
  onStep("books and objects");
  const booked = await rowsOf<BookedObject>(questioner, bookedObjects(dataset, period));
  const objects = eventsSince(list, await store.folders(EVENTS), period.since);
  const { ledger, findings, unknown, unmetMarks } = await balance(period, {
    objects,
    booked,
    marks,
    quarantine,
  });

  for await (const table of await rowsOf<LoadedTable>(questioner, loadedTables(dataset, period))) {
    onStep(`rows of ${table.name}`);
    findings.push(...(await wrongRows(sources, period, table)));
  }
  onStep("what is left over");
  findings.push(...(await lookAtMarks(store, unmetMarks)));
  const leftOver = await lookAtUnknown(sources, unknown, ledger, findings);
  return { ...period, hours: ledger.hours(), findings, leftOver };
}

const SET_ASIDE = ".ndjson.gz";

async function rowsOf<R>(questioner: Questioner, question: Question): Promise<AsyncIterable<R>> {
  const { rows } = await questioner.ask(question);
  return rows as AsyncIterable<unknown> as AsyncIterable<R>;
}

/** Type by type; the folders of a type are days, so earlier ones are not listed at all. */
async function* eventsSince(
  list: Listing,
  folders: readonly string[],
  since: number,
): AsyncGenerator<ListedObject> {
  const day = new Date(since).toISOString().slice(0, 10);
  for (const folder of folders.toSorted()) yield* list(folder, `${folder}dt=${day}`);
}

/** Loads whose rows are not in the table as they were booked. */
async function wrongRows(
  { dataset, questioner }: Sources,
  period: Period,
  table: LoadedTable,
): Promise<readonly Finding[]> {
  const { type } = table;
  const findings: Finding[] = [];
  try {
    for await (const row of await rowsOf<WrongRows>(questioner, rowsOfLoads(dataset, period, table))) {
      const { plan, booked, found, objects } = row;
      const detail = `${booked} rows were inserted, ${found} are in ${table.name}; from ${objects}`;
      const fault = found < booked ? "rows gone" : "rows that no load wrote";
      findings.push({ fault, type, what: plan, messages: booked - found, detail });
    }
  } catch (error) {
    if (!isNotFound(error)) throw error;
    findings.push({
      fault: "rows gone",
      type,
      what: table.name,
      messages: 0,
      detail: "there is no such table",
    });
  }
  return findings;
}

interface WrongRows {
  readonly plan: string;
  readonly booked: number;
  readonly found: number;
  readonly objects: string;
}
