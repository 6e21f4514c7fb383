/** Who has which message until when: in memory only, so that after a restart every open message is free. */

/** Where a lease's message counts as outstanding: a stream with flow control. */
export interface Holder {
  /** One message of that many bytes is outstanding. */
  hold(bytes: number): void;
  /** It no longer is. */
  release(bytes: number): void;
}

interface Lease {
  readonly number: number;
  readonly bytes: number;
  readonly holder: Holder | undefined;
  deadlineMs: number;
}

export interface Leases {
  /** @returns the number of the lease, which goes into the ack id */
  grant(message: number, deadlineMs: number, bytes: number, holder: Holder | undefined): number;
  /** False when that lease has ended: an ack id of an earlier delivery has no power over a later one. */
  extend(message: number, lease: number, deadlineMs: number): boolean;
  /** Ends that lease; false when it has ended. */
  end(message: number, lease: number): boolean;
  /** Ends whatever lease the message has. */
  endAny(message: number): void;
  /** Ends the leases whose time has come; their messages. */
  expire(nowMs: number): number[];
  /** The earliest deadline, or Infinity. */
  nextDeadline(): number;
}

/** @param firstNumber greater than any number that an earlier process gave */
export function createLeases(firstNumber: number): Leases {
  const leases = new Map<number, Lease>();
  let next = firstNumber;

  const current = (message: number, number: number) => {
    const lease = leases.get(message);
    return lease?.number === number ? lease : undefined;
  };
  const remove = (message: number, lease: Lease) => {
    leases.delete(message);
    lease.holder?.release(lease.bytes);
  };

  return {
    grant(message, deadlineMs, bytes, holder) {
      const number = next++;
      leases.set(message, { number, bytes, holder, deadlineMs });
      holder?.hold(bytes);
      return number;
    },
    extend(message, number, deadlineMs) {
      const lease = current(message, number);
      if (lease) lease.deadlineMs = deadlineMs;
      return lease !== undefined;
    },
    end(message, number) {
      const lease = current(message, number);
      if (lease) remove(message, lease);
      return lease !== undefined;
    },
    endAny(message) {
      const lease = leases.get(message);
      if (lease) remove(message, lease);
    },
    expire(nowMs) {
      const expired: number[] = [];
      for (const [message, lease] of leases) {
        if (lease.deadlineMs > nowMs) continue;
        remove(message, lease);
        expired.push(message);
      }
      return expired;
    },
    nextDeadline() {
      let earliest = Infinity;
      for (const { deadlineMs } of leases.values()) earliest = Math.min(earliest, deadlineMs);
      return earliest;
    },
  };
}
