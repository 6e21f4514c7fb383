/** A PublishRequest in the wire format of Protocol Buffers (https://protobuf.dev/programming-guides/encoding/). */
import type { Message } from "../message.ts";

export interface PublishRequest {
  readonly topic: string;
  readonly messages: readonly Message[];
}

/** Field numbers of PublishRequest, PubsubMessage and an entry of its map, each with the wire type of a length and bytes. */
const TOPIC = 0x0a;
const MESSAGE = 0x12;
const DATA = 0x0a;
const ATTRIBUTE = 0x12;
const KEY = 0x0a;
const VALUE = 0x12;

/**
 * Byte for byte what Google's client makes of the request. That one keeps a list of a dozen steps for each attribute: 8 of the
 * 61 KB that an event took of V8's heap, and 9.3 µs where this takes 3.2 (docs/internals/performance.md, "Receiver").
 */
export function encodePublish({ topic, messages }: PublishRequest): Buffer {
  // In the order in which they are written.
  const lengths: number[] = [Buffer.byteLength(topic)];
  let total = fieldBytes(lengths[0] as number);
  for (const message of messages) total += fieldBytes(measure(message, lengths));
  const bytes = Buffer.allocUnsafe(total);
  let next = 0;
  let at = 0;

  function begin(tag: number): number {
    const length = lengths[next++] as number;
    bytes[at++] = tag;
    let rest = length;
    for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
    bytes[at++] = rest;
    return length;
  }
  function text(tag: number, value: string): void {
    const length = begin(tag);
    // As many bytes as characters are ASCII, and as Latin-1 they are written in less than half of the time.
    at += bytes.write(value, at, length === value.length ? "latin1" : "utf8");
  }

  text(TOPIC, topic);
  for (const { data, attributes } of messages) {
    begin(MESSAGE);
    begin(DATA);
    bytes.set(data, at);
    at += data.length;
    for (const name in attributes) {
      begin(ATTRIBUTE);
      text(KEY, name);
      text(VALUE, attributes[name] as string);
    }
  }
  return bytes;
}

/** Appends the length of a message, then those of its parts. @returns the message's */
function measure({ data, attributes }: Message, lengths: number[]): number {
  const place = lengths.push(0, data.length) - 2;
  let total = fieldBytes(data.length);
  for (const name in attributes) {
    const key = Buffer.byteLength(name);
    const value = Buffer.byteLength(attributes[name] as string);
    const entry = fieldBytes(key) + fieldBytes(value);
    lengths.push(entry, key, value);
    total += fieldBytes(entry);
  }
  lengths[place] = total;
  return total;
}

/** Of a field with so many bytes: its tag, its length in groups of seven bits, and they. */
function fieldBytes(length: number): number {
  let bytes = 2 + length;
  for (let rest = length >>> 7; rest > 0; rest >>>= 7) bytes += 1;
  return bytes;
}
