/** Where an event may be that has no row: not loaded yet, put aside, in the spill, or among the dead letters. */
import { fromMessage } from "#services/shared/message.ts";
import {
  DEAD_LETTERS,
  type Manifest,
  PENDING,
  parseObject,
  planObject,
  QUARANTINE,
  readManifest,
  SPILL,
} from "#services/shared/objects.ts";
import type { Workshop } from "../archive/workshop.ts";
import type { Chain } from "./chain.ts";
import { type ObjectPorts, rowsIn } from "./find-object.ts";
import type { ArchivedRow, Matcher } from "./wanted.ts";

type Ports = Pick<Workshop, "list" | "store"> & ObjectPorts;

/** In the order in which a healthy event could move on while we look, so that none slips past. */
export async function* waiting(
  ports: Ports,
  matcher: Matcher,
  onStep: (step: string) => void,
): AsyncGenerator<Chain> {
  onStep("the spill");
  yield* messages(SPILL, "spilled", ports, matcher);
  onStep("dead letters");
  yield* messages(DEAD_LETTERS, "dead letter", ports, matcher);
  onStep("marks");
  yield* pending(ports, matcher);
  onStep("the quarantine");
  yield* quarantine(ports, matcher);
}

async function* messages(
  prefix: string,
  end: Chain["end"],
  { list, store }: Ports,
  matcher: Matcher,
): AsyncGenerator<Chain> {
  for await (const { name } of list(prefix)) {
    const object = await store.read(name);
    if (object === undefined) continue;
    const text = object.bytes.toString();
    const letter: Partial<Letter> | undefined = parseObject(text);
    if (letter?.attributes === undefined || letter.data_base64 === undefined) {
      const known = matcher.text(text);
      if (known !== undefined) yield { ...known, end: "unreadable", place: name };
      continue;
    }
    const data = Buffer.from(letter.data_base64, "base64");
    const { event, receipt } = fromMessage({ attributes: letter.attributes, data });
    if (!matcher.message(event, receipt.trace?.id)) continue;
    yield {
      ceId: event.id,
      ceSource: event.source,
      type: event.type,
      ...(receipt.trace === undefined ? {} : { traceId: receipt.trace.id }),
      ...(receipt.receivedAt === 0 ? {} : { receivedAt: new Date(receipt.receivedAt).toISOString() }),
      end,
      place: name,
      ...(letter.reason === undefined ? {} : { reason: letter.reason }),
    };
  }
}

/** A message as it is spilled and put away. */
interface Letter {
  readonly attributes: Readonly<Record<string, string>>;
  readonly data_base64: string;
  readonly reason?: string;
}

async function* pending(ports: Ports, matcher: Matcher): AsyncGenerator<Chain> {
  const { list, store } = ports;
  for await (const { name } of list(PENDING)) {
    const mark = await store.read(name);
    const manifest = mark && readManifest(mark.bytes.toString());
    if (manifest === undefined) continue;
    const found = await rowsIn(ports, manifest.object, matcher, manifest.traces);
    if (found === undefined) continue;
    const type = name.slice(PENDING.length, name.lastIndexOf("/"));
    const plan = await store.read(planObject(type));
    const isPlanned = plan?.bytes.includes(JSON.stringify(manifest.object)) === true;
    const object = { ...found.step, writtenAt: manifest.drainedAt, mark: "pending" as const };
    const reason = isPlanned ? "a load of it has begun" : "no load has begun";
    for (const row of found.rows)
      yield { ...eventOf(row, manifest), object, end: "pending", place: name, reason };
  }
}

const OBJECT = ".ndjson.gz";

async function* quarantine(ports: Ports, matcher: Matcher): AsyncGenerator<Chain> {
  const { list, store } = ports;
  for await (const { name } of list(QUARANTINE)) {
    if (!name.endsWith(OBJECT)) {
      const stored = name.endsWith(".reason.json") ? undefined : await store.read(name);
      const known = stored && matcher.text(textOf(stored.bytes));
      if (known !== undefined) yield { ...known, end: "unreadable", place: name };
      continue;
    }
    const beside = await store.read(`${name.slice(0, -OBJECT.length)}.reason.json`);
    const why: Partial<Why> | undefined = beside && parseObject(beside.bytes.toString());
    const reason = why?.reason ?? "its reason is not beside it";
    const found = await rowsIn(ports, name, matcher, why?.manifest?.traces);
    for (const row of found?.rows ?? [])
      yield { ...eventOf(row, why?.manifest), end: "quarantined", place: name, reason };
  }
}

/** As the loader writes it beside the object. */
interface Why {
  readonly reason: string;
  readonly manifest: Manifest;
}

function eventOf(row: ArchivedRow, manifest: Manifest | undefined): Omit<Chain, "end"> {
  const [only] = manifest?.traces?.count === 1 ? manifest.traces.first : [];
  return {
    ceId: row.ce_id,
    ceSource: row.ce_source,
    type: row.ce_type,
    ...(row.received_at === undefined ? {} : { receivedAt: row.received_at }),
    ...(only === undefined ? {} : { traceId: only }),
  };
}

/** With the data of a message, which is in base64, as text behind it. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString();
  const [, base64 = ""] = /"data_base64":"([^"]*)"/.exec(text) ?? [];
  return `${text}\n${Buffer.from(base64, "base64").toString()}`;
}
