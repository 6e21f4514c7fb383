/** Marks whose object was not among those of the period: is it there at all? */
import { PENDING, readManifest } from "#services/shared/objects.ts";
import type { Store } from "#services/shared/ports.ts";
import type { Finding } from "./proof.ts";

const READERS = 16;

/** @param marks `type/id`; those of objects from before the period are among them, and fine */
export async function lookAtMarks(store: Store, marks: ReadonlySet<string>): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const left = [...marks];
  const reader = async () => {
    for (let place = left.shift(); place !== undefined; place = left.shift()) {
      const fault = await faultOf(store, place);
      if (fault !== undefined) findings.push(fault);
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  return findings.toSorted((a, b) => (a.what < b.what ? -1 : 1));
}

async function faultOf(store: Store, place: string): Promise<Finding | undefined> {
  const what = `${PENDING}${place}`;
  const mark = await store.read(what);
  // It has been loaded since.
  if (mark === undefined) return undefined;
  const manifest = readManifest(mark.bytes.toString());
  const type = place.slice(0, place.lastIndexOf("/"));
  const finding = { fault: "mark without object", type, what } as const;
  if (manifest === undefined) return { ...finding, messages: 0, detail: "it cannot be read" };
  const { object, rows: messages } = manifest;
  const [first] = await store.list(object, 1);
  return first === object ? undefined : { ...finding, messages, detail: `there is no ${object}` };
}
