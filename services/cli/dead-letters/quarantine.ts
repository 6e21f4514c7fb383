/** Objects that BigQuery refused, and what the services could not read: everything below `quarantine/`. */
import type { ListedObject, Listing } from "#services/shared/gcp/listing.ts";
import {
  MANIFEST_KEY,
  type Manifest,
  parseObject,
  pendingMark,
  QUARANTINE,
  quarantined,
  readManifest,
} from "#services/shared/objects.ts";
import type { Store, StoredObject } from "#services/shared/ports.ts";
import type { Letter, LetterBox, ReadPorts } from "./letter.ts";

export interface QuarantinePorts extends ReadPorts {
  readonly store: Store;
}

/** As the loader writes it, beside the object. */
interface Reason {
  readonly reason: string;
  readonly manifest: Manifest;
}

const OBJECT = /^([^/]+)\/([^/]+)\.(?:ndjson\.gz|reason\.json)$/;
const UNREADABLE = /^(?:pending|plans|spill)\//;

/** The parts of an id that names a set-aside object; `undefined` for one that names something unreadable. */
function partsOfId(id: string): { type: string; id: string } | undefined {
  const [, type, ulid] = UNREADABLE.test(id) ? [] : (/^([^/]+)\/([^/]+)$/.exec(id) ?? []);
  return type === undefined || ulid === undefined ? undefined : { type, id: ulid };
}

/** Reads only. */
export async function* listQuarantine(ports: ReadPorts): AsyncGenerator<Letter> {
  let last = "";
  for await (const listed of ports.list(QUARANTINE)) {
    const rest = listed.name.slice(QUARANTINE.length);
    const [, type, id] = UNREADABLE.test(rest) ? [] : (OBJECT.exec(rest) ?? []);
    if (type === undefined || id === undefined) yield unreadable(rest, listed);
    // The object and its reason stand one after the other.
    else if (`${type}/${id}` !== last) {
      last = `${type}/${id}`;
      yield await describe(type, id, listed, ports);
    }
  }
}

export function quarantineBox(ports: QuarantinePorts): LetterBox {
  const { store } = ports;
  return {
    list: () => listQuarantine(ports),
    async show(id) {
      const parts = partsOfId(id);
      const name = parts === undefined ? `${QUARANTINE}${id}` : quarantined(parts.type, parts.id).reason;
      const found = await store.read(name);
      if (found === undefined) return undefined;
      const value = parseObject(found.bytes.toString());
      return value === undefined ? found.bytes.toString() : JSON.stringify(value, null, 2);
    },
    retry: (id) => {
      const parts = partsOfId(id);
      return parts === undefined ? putBack(id, store) : markAgain(parts, ports);
    },
    async drop(id) {
      const parts = partsOfId(id);
      const { object, reason } =
        parts === undefined
          ? { object: `${QUARANTINE}${id}`, reason: "" }
          : quarantined(parts.type, parts.id);
      const names = [object, ...(reason === "" ? [] : [reason])];
      const present = await Promise.all(names.map((name) => exists(store, name)));
      await Promise.all(names.map((name) => store.remove(name)));
      return present.includes(true);
    },
  };
}

/**
 * The same mark again, so that the next load takes the object up. In this order: a load that refuses it once more may
 * write into the quarantine at once, and must not have that removed.
 */
async function markAgain(
  { type, id }: { type: string; id: string },
  { store, list }: QuarantinePorts,
): Promise<string | undefined> {
  const names = quarantined(type, id);
  const why = await store.read(names.reason);
  const [listed] = await firstOf(list, names.object);
  const manifest = reasonIn(why).manifest ?? readManifest(listed?.metadata[MANIFEST_KEY] ?? "");
  if (manifest === undefined) return undefined;
  if (!(await exists(store, manifest.object))) {
    if (listed === undefined) throw new Error(`${manifest.object} is gone, and so is its copy in quarantine`);
    await store.copy(names.object, manifest.object);
  }
  await store.remove(names.object);
  await store.create(pendingMark(type, id), Buffer.from(JSON.stringify(manifest)), {
    contentType: "application/json",
  });
  await store.remove(names.reason, why?.generation);
  return "marked to be loaded again";
}

/** To where it was, as somebody has mended it. */
async function putBack(id: string, store: Store): Promise<string | undefined> {
  if ((await store.copy(`${QUARANTINE}${id}`, id)) === "missing") return undefined;
  await store.remove(`${QUARANTINE}${id}`);
  return `put back as ${id}`;
}

async function describe(
  type: string,
  id: string,
  { name, size, createdAt, metadata }: ListedObject,
  { store }: ReadPorts,
): Promise<Letter> {
  const why = reasonIn(await store.read(quarantined(type, id).reason));
  const manifest = why.manifest ?? readManifest(metadata[MANIFEST_KEY] ?? "");
  return {
    id: `${type}/${id}`,
    kind: "object",
    type,
    messages: manifest?.rows ?? 0,
    bytes: manifest?.bytes ?? size,
    at: createdAt,
    reason: why.reason ?? "its reason is not beside it",
    place: name,
  };
}

function unreadable(id: string, { name, size, createdAt }: ListedObject): Letter {
  const [kind = ""] = id.split("/");
  const reason = `it is not what the pipeline writes below ${kind}/`;
  return { id, kind: "unreadable", type: "", messages: 0, bytes: size, at: createdAt, reason, place: name };
}

function reasonIn(found: StoredObject | undefined): Partial<Reason> {
  return (found && parseObject(found.bytes.toString())) ?? {};
}

async function exists(store: Store, name: string): Promise<boolean> {
  return (await store.list(name, 1))[0] === name;
}

async function firstOf(list: Listing, name: string): Promise<readonly ListedObject[]> {
  for await (const listed of list(name)) return listed.name === name ? [listed] : [];
  return [];
}
