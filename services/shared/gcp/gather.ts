/** Gathers messages while requests are under way, so that they share the next one. */
import type { Message } from "../message.ts";

export interface GatherLimits {
  /** Requests under way at once; what comes meanwhile waits until one of them is answered. */
  readonly requests: number;
  /** Messages per request. */
  readonly messages: number;
  /** Bytes per request, by an upper bound of theirs; a message that is larger goes alone. */
  readonly bytes: number;
}

interface Waiting {
  readonly message: Message;
  readonly resolve: (id: string) => void;
  readonly reject: (error: unknown) => void;
}

export interface Gatherer {
  /** Rejects with what the message's request rejects with. */
  add(message: Message): Promise<string>;
  /** Resolves when nothing waits and nothing is under way any more. */
  idle(): Promise<void>;
}

/**
 * Without a timer: the first message goes out at the end of this turn of the event loop, and how long others wait is
 * how long a request takes. So messages are few per request while there is time, and many when there is none.
 * @param send resolves to one id per message, in order; anything else is a failure
 */
export function gather(
  send: (messages: readonly Message[]) => Promise<readonly string[]>,
  limits: GatherLimits,
): Gatherer {
  const waiting: Waiting[] = [];
  let underWay = 0;
  let isSendingSoon = false;
  const onIdle: (() => void)[] = [];

  function sendWhatMay(): void {
    isSendingSoon = false;
    while (waiting.length > 0 && underWay < limits.requests) {
      void deliver(waiting.splice(0, fitting(waiting, limits)));
    }
    if (underWay === 0 && waiting.length === 0) for (const resolve of onIdle.splice(0)) resolve();
  }

  /** Never rejects. */
  async function deliver(batch: readonly Waiting[]): Promise<void> {
    underWay += 1;
    try {
      const ids = await send(batch.map(({ message }) => message));
      if (ids.length !== batch.length) throw new Error(`${ids.length} ids for ${batch.length} messages`);
      for (const [index, { resolve }] of batch.entries()) resolve(ids[index] as string);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    underWay -= 1;
    sendWhatMay();
  }

  return {
    add: (message) =>
      new Promise((resolve, reject) => {
        waiting.push({ message, resolve, reject });
        if (isSendingSoon || underWay >= limits.requests) return;
        isSendingSoon = true;
        setImmediate(sendWhatMay);
      }),
    idle: () =>
      new Promise((resolve) => {
        onIdle.push(resolve);
        if (!isSendingSoon) sendWhatMay();
      }),
  };
}

/** How many of the first fit into a request, at least one. */
function fitting(waiting: readonly Waiting[], limits: GatherLimits): number {
  let bytes = 0;
  let count = 0;
  for (const { message } of waiting) {
    bytes += bytesAtMost(message);
    if (count > 0 && (count >= limits.messages || bytes > limits.bytes)) break;
    count += 1;
  }
  return count;
}

/** UTF-8 takes up to three bytes per UTF-16 unit; beside each attribute's two texts stand a few bytes of framing. */
function bytesAtMost({ data, attributes }: Message): number {
  let bytes = data.length + FRAMING_BYTES;
  for (const name in attributes) {
    bytes += 3 * (name.length + (attributes[name] as string).length) + FRAMING_BYTES;
  }
  return bytes;
}

const FRAMING_BYTES = 16;
