/** Ack ids: which subscription, which message, which lease of it. */
import { invalidArgument } from "./status-error.ts";

export interface AckId {
  readonly subscription: number;
  readonly message: number;
  readonly lease: number;
}

const ACK_ID = /^(\d{1,15})-(\d{1,15})-(\d{1,16})$/;

export function writeAckId({ subscription, message, lease }: AckId): string {
  return `${subscription}-${message}-${lease}`;
}

/** @throws StatusError INVALID_ARGUMENT for one that was not made here */
export function readAckId(text: string): AckId {
  const parts = ACK_ID.exec(text);
  if (!parts) {
    throw invalidArgument(`You have passed an invalid ack ID to the service (ack_id=${text.slice(0, 200)}).`);
  }
  return { subscription: Number(parts[1]), message: Number(parts[2]), lease: Number(parts[3]) };
}
