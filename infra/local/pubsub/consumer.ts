/** What a subscription's queue delivers to: a waiting pull or an open stream. */
import type { Holder } from "./leases.ts";
import type { ReceivedMessage } from "./messages.ts";

/** How much may be delivered; a first message is delivered whatever its size while both are above 0. */
export interface Room {
  readonly messages: number;
  readonly bytes: number;
}

export interface Consumer {
  /** Asked before each delivery. */
  room(): Room;
  /** The lease's length; undefined for the subscription's ack deadline. */
  leaseMs(): number | undefined;
  /** Where its messages count as outstanding. */
  readonly holder?: Holder;
  deliver(messages: ReceivedMessage[]): void;
  /** The subscription is gone or the server stops: nothing will be delivered any more. */
  end(reason: Error): void;
}

/** One response stays far below what clients accept (20 MB for Google's, whose own server stops near 10 MB). */
export const MAX_RESPONSE: Room = { messages: 1000, bytes: 10_000_000 };

export function smaller(a: Room, b: Room): Room {
  return { messages: Math.min(a.messages, b.messages), bytes: Math.min(a.bytes, b.bytes) };
}
