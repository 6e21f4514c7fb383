/** Every object of the bucket: the archive, what is put aside, what is on its way, and what others have put there. */
import { createHash } from "node:crypto";
import type { ListedObject } from "#services/shared/gcp/listing.ts";
import type { Rewriting } from "#services/shared/gcp/rewriting.ts";
import {
  EVENTS,
  MANIFEST_KEY,
  type Manifest,
  PENDING,
  PLANS,
  readManifest,
} from "#services/shared/objects.ts";
import { madeManifest } from "../archive/objects.ts";
import type { Workshop } from "../archive/workshop.ts";
import { contentWithout } from "./content.ts";
import type { Term } from "./term.ts";

export interface FoundObject {
  readonly listed: ListedObject;
  readonly lines: number;
}

export interface FoundObjects {
  readonly changeable: readonly FoundObject[];
  /** Where it stays, or may stay. */
  readonly staying: readonly { readonly name: string; readonly reason: string }[];
}

/** At a time; each holds one object, packed and unpacked. */
const READERS = 8;
/** The batcher's are a few megabytes; larger ones are others' exports. */
const SIZE_MAX_BYTES = 64 * 2 ** 20;

/** @param since ISO 8601: objects that have not changed since then are left out */
export async function searchBucket(
  term: Term,
  { list, store }: Workshop,
  options: { readonly since: string; readonly signal: AbortSignal; readonly onObject: () => void },
): Promise<FoundObjects> {
  const changeable: FoundObject[] = [];
  const staying: { name: string; reason: string }[] = [];
  const objects = list("");
  const read = async (listed: ListedObject) => {
    const { name, size } = listed;
    if (name.search(term.pattern) !== -1) staying.push({ name, reason: "its name has it: rename it" });
    if (size > SIZE_MAX_BYTES) {
      staying.push({ name, reason: "it is too large to be searched" });
      return;
    }
    const object = await store.read(name);
    const content = object && contentWithout(term, object.bytes);
    if (content?.outcome === "unchangeable") staying.push({ name, reason: content.reason });
    if (content?.outcome !== "found") return;
    if (isBookkeeping(name)) staying.push({ name, reason: "a load follows it, and removes it" });
    else changeable.push({ listed, lines: content.lines });
  };
  const reader = async () => {
    for (;;) {
      const { value: listed, done } = await objects.next();
      if (done || options.signal.aborted) return;
      options.onObject();
      if (listed.createdAt >= options.since) await read(listed);
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  return { changeable, staying };
}

/** Marks and plans name objects and traces; to change them would lead loads astray. */
const BOOKKEEPING = new RegExp(`^(?:replays/[^/]+/)?(?:${PENDING}|${PLANS})`);
const isBookkeeping = (name: string) => BOOKKEEPING.test(name);

/** @returns false when somebody else changed or removed it meanwhile: then it is found again, if it still has the term */
export async function redactObject(
  term: Term,
  { listed }: FoundObject,
  { store }: Workshop,
  rewrite: Rewriting,
): Promise<boolean> {
  const object = await store.read(listed.name);
  const content = object && contentWithout(term, object.bytes);
  if (object === undefined || content?.outcome !== "found") return false;
  const { bytes } = content;
  const before =
    readManifest(listed.metadata[MANIFEST_KEY] ?? "") ??
    (listed.name.startsWith(EVENTS) ? await madeManifest(store, listed) : undefined);
  const metadata =
    before === undefined
      ? listed.metadata
      : { ...listed.metadata, [MANIFEST_KEY]: JSON.stringify(manifestAfter(before, bytes)) };
  return (await rewrite(object, bytes, metadata)) === "rewritten";
}

/** The loads of before are booked with the digests of before. */
function manifestAfter(before: Manifest, bytes: Buffer): Manifest {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { ...before, bytes: bytes.byteLength, sha256, was: [...(before.was ?? []), before.sha256] };
}
