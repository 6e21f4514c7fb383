/** What is held between the queue and the store: rows by table, with the messages that they stand for. */
import type { Clock } from "#services/shared/clock.ts";
import { fromMessage, type Message } from "#services/shared/message.ts";
import { isNearBound } from "#services/shared/row/ce-time.ts";
import { type Row, toRow } from "#services/shared/row/row.ts";
import type { EventTable, Registry } from "#services/shared/schema/registry.ts";
import { TimeSpans } from "#services/shared/times.ts";
import type { Trace } from "#services/shared/trace.ts";
import { Lines } from "./lines.ts";
import { type Added, waitForNewer } from "./newer-batcher.ts";

/** What a row's event is found by in the log. */
interface EventName {
  readonly ceId: string;
  /** The queue's; an event out of the spill has none. */
  readonly messageId: string | undefined;
  readonly trace: Trace | undefined;
}

/** The rows of one table, in the order of arrival. */
export interface Group {
  readonly table: EventTable;
  readonly lines: Lines;
  /** One handle per row: the ack id of its message, or the name of its spilled object. */
  readonly handles: string[];
  /** One per row, too. */
  readonly events: EventName[];
  readonly times: TimeSpans;
  /** Another delivery of one of the events may have no `ce_time`, see `ce-time.ts`. */
  hasNearBound: boolean;
  untimed: number;
  /** Milliseconds since the epoch; `null` while no message says when it was received. */
  oldestReceivedAt: number | null;
}

export interface Batch {
  readonly groups: ReadonlyMap<string, Group>;
  readonly messages: number;
  /** Bytes of the rows that are held. */
  readonly size: number;
  /**
   * Adds a message, unless it is for a newer batcher: then the answer says how long to wait for that one.
   * @param messageId the queue's id of the message, for the log
   */
  add(handle: string, message: Message, messageId?: string): Added;
  handles(): readonly string[];
}

export interface BatchLimits {
  readonly batchMaxMessages: number;
  /** Bytes of rows; the last row may go over it. */
  readonly batchMaxSize: number;
}

export const isFull = ({ messages, size }: Batch, { batchMaxMessages, batchMaxSize }: BatchLimits) =>
  messages >= batchMaxMessages || size >= batchMaxSize;

/** @param clock left out where no newer batcher will come */
export function createBatch(registry: Registry, clock?: Clock): Batch {
  const groups = new Map<string, Group>();
  let messages = 0;
  let size = 0;
  return {
    groups,
    get messages() {
      return messages;
    },
    get size() {
      return size;
    },
    add(handle, message, messageId) {
      const { event, receipt } = fromMessage(message);
      const row = toRow(registry, event, receipt);
      const waitMs = clock === undefined ? undefined : waitForNewer(row, receipt, clock.now());
      if (waitMs !== undefined) return waitMs;
      const group = groups.get(row.table.type) ?? newGroup(row.table);
      groups.set(row.table.type, group);
      size += addRow(group, handle, row, receipt.receivedAt);
      group.events.push({ ceId: event.id, messageId, trace: receipt.trace });
      if (receipt.receivedAt > 0)
        group.oldestReceivedAt = Math.min(group.oldestReceivedAt ?? receipt.receivedAt, receipt.receivedAt);
      messages += 1;
      return "added";
    },
    handles: () => [...groups.values()].flatMap((group) => group.handles),
  };
}

function newGroup(table: EventTable): Group {
  return {
    table,
    lines: new Lines(),
    handles: [],
    events: [],
    times: new TimeSpans(),
    hasNearBound: false,
    untimed: 0,
    oldestReceivedAt: null,
  };
}

/** @returns the bytes of its line */
function addRow(group: Group, handle: string, { line, time }: Row, receivedAt: number): number {
  const bytes = group.lines.add(line);
  // Only now: a handle stands for a row.
  group.handles.push(handle);
  if (time === null) group.untimed += 1;
  else {
    group.times.add(time);
    group.hasNearBound ||= isNearBound(time, receivedAt);
  }
  return bytes;
}
