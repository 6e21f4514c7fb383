/** What a publish request may hold (https://cloud.google.com/pubsub/quotas#resource_limits). */
import type { PubsubMessage } from "./messages.ts";
import { checkRange } from "./range.ts";
import { invalidArgument } from "./status-error.ts";

/** 10 MB, which Google counts as 10 * 2^20 bytes: for one message and for one request. */
const MAX_REQUEST_BYTES = 10 * 1024 * 1024;
const MAX_MESSAGES = 1000;
const MAX_ATTRIBUTES = 100;
const MAX_KEY_BYTES = 256;
const MAX_VALUE_BYTES = 1024;
const MAX_ORDERING_KEY_BYTES = 1024;

/** The bytes of a message that a size limit or a flow control counts: its data, attributes and ordering key. */
export function messageBytes(message: PubsubMessage): number {
  let bytes = message.data.length + Buffer.byteLength(message.orderingKey);
  for (const [key, value] of Object.entries(message.attributes)) {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  return bytes;
}

/** @throws StatusError INVALID_ARGUMENT, for the request as a whole: Google takes all of its messages or none */
export function checkPublish(messages: readonly PubsubMessage[]): void {
  checkRange("message_count", messages.length, 1, MAX_MESSAGES);
  let total = 0;
  for (const message of messages) {
    checkMessage(message);
    total += messageBytes(message);
  }
  if (total > MAX_REQUEST_BYTES) {
    throw invalidArgument(`Request payload size exceeds the limit: ${MAX_REQUEST_BYTES} bytes.`);
  }
}

function checkMessage(message: PubsubMessage): void {
  const attributes = Object.entries(message.attributes);
  if (message.data.length === 0 && attributes.length === 0) {
    throw invalidArgument("Some messages in the publish request are empty: no data and no attributes");
  }
  checkRange("attribute_count", attributes.length, 0, MAX_ATTRIBUTES);
  for (const [key, value] of attributes) {
    checkRange("attribute key (bytes)", Buffer.byteLength(key), 1, MAX_KEY_BYTES);
    checkRange("attribute value (bytes)", Buffer.byteLength(value), 0, MAX_VALUE_BYTES);
  }
  checkRange("ordering_key (bytes)", Buffer.byteLength(message.orderingKey), 0, MAX_ORDERING_KEY_BYTES);
}
