/**
 * The reader of Avro against files of another implementation: `test/fixtures/dead-letters` was written with avsc 5.7.9, with the
 * schema that Pub/Sub documents for a Cloud Storage subscription that writes metadata.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readMessages } from "#services/cli/dead-letters/avro.ts";

const fileOf = (codec: string) => readFileSync(`test/fixtures/dead-letters/${codec}.avro`);

test.each([
  ["null", ["9000", "9001", "9002"]],
  ["deflate", ["9010", "9011"]],
])("every message of a file with the codec %s is read, over several blocks", (codec, ids) => {
  const messages = [...readMessages(fileOf(codec))];
  expect(messages.map(({ id }) => id)).toEqual(ids);
  for (const [index, { message }] of messages.entries()) {
    const number = Number(ids[index]) - 9000;
    expect(Buffer.from(message.data).toString()).toBe(
      `{"body":{"repository":"ä/${"x".repeat(number * 100)}","tag":"${number}"}}`,
    );
    expect(message.attributes).toMatchObject({
      "ce-id": `avro-${number}`,
      CloudPubSubDeadLetterSourceDeliveryCount: "100",
    });
  }
});

test("a file that is cut short is an error, but where a block ends and it is whole", () => {
  const file = fileOf("null");
  const lengths = Array.from({ length: file.length }, (_, length) => length);
  const readable = lengths.filter((length) => countOf(file.subarray(0, length)) !== undefined);
  expect(readable).toEqual(lengths.filter((length) => isBetweenBlocks(file, length)));
  expect(readable.length).toBeGreaterThan(1);
});

function countOf(file: Buffer): number | undefined {
  try {
    return [...readMessages(file)].length;
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/** Whether the file's sync marker, its last 16 bytes, ends here. */
function isBetweenBlocks(file: Buffer, length: number): boolean {
  const sync = file.subarray(-16);
  return length >= 16 && file.subarray(length - 16, length).equals(sync);
}

test("garbled bytes end in an error or in messages, never in anything else", () => {
  const file = fileOf("deflate");
  fc.assert(
    fc.property(fc.nat(file.length - 1), fc.nat(255), (at, value) => {
      const garbled = Buffer.from(file);
      garbled[at] = value;
      return (countOf(garbled) ?? 0) <= 2;
    }),
  );
});

test("a file without metadata says what the subscription lacks", () => {
  const header = fileOf("null").toString("latin1").replace("message_id", "message_ix");
  expect(() => [...readMessages(Buffer.from(header, "latin1"))]).toThrow(
    "its records have no message_id: the subscription has to write metadata",
  );
});
