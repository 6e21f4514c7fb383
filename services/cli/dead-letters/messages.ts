/** Dead messages, each as one object of the bucket: as the batcher writes them, and brought in from where Pub/Sub leaves them. */
import { fromMessage, type Message } from "#services/shared/message.ts";
import { DEAD_LETTERS, deadLetterObject, parseObject } from "#services/shared/objects.ts";
import type { Publisher, Store } from "#services/shared/ports.ts";
import type { Letter, LetterBox, ReadPorts } from "./letter.ts";

/** As `services/batcher/condemn.ts` writes it; one that was spilled has only the first two. */
export interface DeadLetter {
  readonly attributes: Readonly<Record<string, string>>;
  readonly data_base64: string;
  readonly reason?: string;
  readonly attempt?: number;
  readonly condemnedAt?: string;
}

export interface MessagePorts extends ReadPorts {
  readonly store: Store;
  readonly publisher: Publisher;
}

const END = ".json";
const FROM_SPILL = "it was in the spill, and no batcher survived it or could make a row of it";

/** Reads only. */
export async function* listMessages({ store, list }: ReadPorts): AsyncGenerator<Letter> {
  for await (const { name, size, createdAt } of list(DEAD_LETTERS)) {
    if (!name.endsWith(END)) continue;
    const id = decodeURIComponent(name.slice(DEAD_LETTERS.length, -END.length));
    const letter = await read(store, id);
    if (letter !== undefined) yield describe(id, letter, { name, size, createdAt });
  }
}

export function messageBox({ store, list, publisher }: MessagePorts): LetterBox {
  return {
    list: () => listMessages({ store, list }),
    async show(id) {
      const letter = await read(store, id);
      return letter && textOf(letter);
    },
    async retry(id) {
      const letter = await read(store, id);
      if (letter === undefined) return undefined;
      // Published first: whoever is interrupted here sends it twice, which the MERGE removes.
      await publisher.publish(messageOf(letter));
      await store.remove(deadLetterObject(id));
      return "published again";
    },
    async drop(id) {
      if ((await store.read(deadLetterObject(id))) === undefined) return false;
      await store.remove(deadLetterObject(id));
      return true;
    },
  };
}

async function read(store: ReadPorts["store"], id: string): Promise<DeadLetter | undefined> {
  const object = await store.read(deadLetterObject(id));
  return object === undefined ? undefined : parse(object.bytes.toString());
}

/** @throws Error when the object is not a dead letter */
function parse(text: string): DeadLetter {
  const letter: Partial<DeadLetter> | undefined = parseObject(text);
  if (letter?.attributes === undefined || letter.data_base64 === undefined)
    throw new Error("an object below dead-letters/ is not a dead letter");
  return letter as DeadLetter;
}

function messageOf({ attributes, data_base64 }: DeadLetter): Message {
  return { attributes, data: Buffer.from(data_base64, "base64") };
}

function describe(
  id: string,
  letter: DeadLetter,
  { name, size, createdAt }: { name: string; size: number; createdAt: string },
): Letter {
  const { event } = fromMessage(messageOf(letter));
  return {
    id,
    kind: "message",
    type: event.type,
    messages: 1,
    bytes: size,
    at: letter.condemnedAt ?? createdAt,
    reason: letter.reason ?? FROM_SPILL,
    place: name,
  };
}

/** Attributes and data; data that is no text in base64. */
function textOf(letter: DeadLetter): string {
  const data = Buffer.from(letter.data_base64, "base64");
  const text = data.toString("utf8");
  const { attributes, reason = FROM_SPILL, attempt, condemnedAt } = letter;
  const shown = Buffer.from(text).equals(data) ? { data: text } : { data_base64: letter.data_base64 };
  return JSON.stringify({ reason, attempt, condemnedAt, attributes, ...shown }, null, 2);
}
