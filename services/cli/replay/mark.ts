/** Marks archived objects as pending again: what is marked will be loaded, by this command or by the loader. */
import { pendingMark } from "#services/shared/objects.ts";
import type { Store } from "#services/shared/ports.ts";
import { type ArchivedObject, madeManifest } from "../archive/objects.ts";

/** It may be repeated: a mark that is there stays. */
export async function markAgain(type: string, object: ArchivedObject, store: Store): Promise<void> {
  const manifest = object.manifest ?? (await madeManifest(store, object));
  await store.create(pendingMark(type, object.id), Buffer.from(JSON.stringify(manifest)), {
    contentType: "application/json",
  });
}
