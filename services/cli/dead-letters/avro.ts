/** Reads the Avro files that a Cloud Storage subscription of Pub/Sub writes. */
import { inflateRawSync } from "node:zlib";
import type { Message } from "#services/shared/message.ts";

export interface ArchivedMessage {
  readonly id: string;
  readonly message: Message;
}

/**
 * An object container file (https://avro.apache.org/docs/1.11.1/specification/#object-container-files) of records with at
 * least `message_id`, `attributes` and `data`, as the subscription writes them when it writes metadata
 * (https://cloud.google.com/pubsub/docs/create-cloudstorage-subscription#file_format).
 * @throws Error saying what it is not
 */
export function* readMessages(file: Uint8Array): Generator<ArchivedMessage> {
  const input = new Input(Buffer.from(file.buffer, file.byteOffset, file.byteLength));
  if (input.take(4).toString("latin1") !== "Obj\u0001") throw new Error("it is not an Avro file");
  const header = Object.fromEntries(input.map(() => input.bytes()));
  const sync = input.take(SYNC_BYTES);
  const fields = fieldsOf(JSON.parse(String(header["avro.schema"])));
  const unpack = unpackerOf(String(header["avro.codec"] ?? "null"));
  while (!input.isAtEnd) {
    const count = input.long();
    const block = new Input(unpack(input.bytes()));
    for (let index = 0; index < count; index++) yield messageOf(fields, block);
    if (!input.take(SYNC_BYTES).equals(sync))
      throw new Error("it is damaged: a block does not end where it should");
  }
}

const SYNC_BYTES = 16;

interface Field {
  readonly name: string;
  readonly type: string;
}

/** The field's type without its logical meaning. */
function fieldsOf(schema: unknown): readonly Field[] {
  const { type, fields } = schema as { type?: unknown; fields?: { name: string; type: unknown }[] };
  if (type !== "record" || !Array.isArray(fields)) throw new Error("its schema is no record");
  const flat = fields.map((field) => {
    const inner = field.type as string | { type: string };
    return { name: field.name, type: typeof inner === "string" ? inner : inner.type };
  });
  const missing = ["message_id", "attributes", "data"].filter(
    (name) => !flat.some((field) => field.name === name),
  );
  if (missing.length > 0)
    throw new Error(`its records have no ${missing.join(", ")}: the subscription has to write metadata`);
  return flat;
}

function unpackerOf(codec: string): (block: Buffer) => Buffer {
  if (codec === "null") return (block) => block;
  if (codec === "deflate") return (block) => inflateRawSync(block);
  throw new Error(`its codec ${codec} is neither null nor deflate`);
}

function messageOf(fields: readonly Field[], block: Input): ArchivedMessage {
  const record: Record<string, unknown> = {};
  for (const { name, type } of fields) {
    if (type === "string") record[name] = block.bytes().toString();
    else if (type === "bytes") record[name] = block.bytes();
    else if (type === "long") record[name] = block.long();
    else if (type === "map") record[name] = Object.fromEntries(block.map(() => block.bytes().toString()));
    else throw new Error(`its field ${name} is of the type ${type}`);
  }
  const { message_id: id, attributes, data } = record;
  return {
    id: id as string,
    message: { data: data as Buffer, attributes: attributes as Record<string, string> },
  };
}

/** https://avro.apache.org/docs/1.11.1/specification/#binary-encoding */
class Input {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  take(length: number): Buffer {
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length) throw new Error("it is cut short");
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** Zigzag, seven bits a byte; exact up to 2^53, more than a length or microseconds of these centuries need. */
  long(): number {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.take(1)[0] as number;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return Number((value >> 1n) ^ -(value & 1n));
  }

  bytes(): Buffer {
    return this.take(this.long());
  }

  *map<T>(value: () => T): Generator<[string, T]> {
    for (let count = this.long(); count !== 0; count = this.long()) {
      // A negative count is followed by the block's size.
      if (count < 0) this.long();
      for (let index = 0; index < Math.abs(count); index++) yield [this.bytes().toString(), value()];
    }
  }
}
