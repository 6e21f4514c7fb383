/** Gathers messages while requests are under way, so that they share the next one. */
import type { Message } from "../message.ts";
import type { Asked } from "../ports.ts";

export interface GatherLimits {
  /** Requests under way at once before messages wait for others to share the next one; a full request never waits. */
  readonly requests: number;
  /** Messages per request. */
  readonly messages: number;
  /** Bytes per request, by an upper bound of theirs; a message that is larger goes alone. */
  readonly bytes: number;
}

interface Waiting {
  readonly message: Message;
  readonly bytes: number;
  readonly asked: Asked;
  readonly resolve: (id: string) => void;
  readonly reject: (error: unknown) => void;
}

export interface Gatherer {
  /** Rejects with what the message's request rejects with. @param asked over: it is not sent any more, if it has not been */
  add(message: Message, asked?: Asked): Promise<string>;
  /** Resolves when nothing waits and nothing is under way any more. */
  idle(): Promise<void>;
}

const ASKED: Asked = { isOver: false };

/**
 * Without a timer: the first message goes out at the end of this turn of the event loop, and how long others wait is
 * how long a request takes. So messages are few per request while there is time, and many when there is none.
 * @param send resolves to one id per message, in order; anything else is a failure
 */
export function gather(
  send: (messages: readonly Message[]) => Promise<readonly string[]>,
  limits: GatherLimits,
): Gatherer {
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let underWay = 0;
  let isSendingSoon = false;
  const onIdle: (() => void)[] = [];

  /** To wait longer would bring a request no more messages. */
  const isFull = () => waiting.length >= limits.messages || waitingBytes >= limits.bytes;

  function sendWhatMay(): void {
    isSendingSoon = false;
    forgetAbandoned();
    while (waiting.length > 0 && (underWay < limits.requests || isFull())) {
      const batch = waiting.splice(0, fitting(waiting, limits));
      waitingBytes -= bytesOf(batch);
      void deliver(batch);
    }
    if (underWay === 0 && waiting.length === 0) for (const resolve of onIdle.splice(0)) resolve();
  }

  /** Nobody waits for them any more, and while Pub/Sub hangs they would fill the memory. */
  function forgetAbandoned(): void {
    const abandoned = waiting.filter(({ asked }) => asked.isOver);
    if (abandoned.length === 0) return;
    waiting = waiting.filter(({ asked }) => !asked.isOver);
    waitingBytes -= bytesOf(abandoned);
    for (const { reject } of abandoned) reject(new Error("not sent in time"));
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
    add: (message, asked = ASKED) =>
      new Promise((resolve, reject) => {
        const bytes = bytesAtMost(message);
        waiting.push({ message, bytes, asked, resolve, reject });
        waitingBytes += bytes;
        if (isSendingSoon || (underWay >= limits.requests && !isFull())) return;
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
  for (const one of waiting) {
    bytes += one.bytes;
    if (count > 0 && (count >= limits.messages || bytes > limits.bytes)) break;
    count += 1;
  }
  return count;
}

const bytesOf = (messages: readonly Waiting[]) => messages.reduce((sum, { bytes }) => sum + bytes, 0);

/** UTF-8 takes up to three bytes per UTF-16 unit; beside each attribute's two texts stand a few bytes of framing. */
function bytesAtMost({ data, attributes }: Message): number {
  let bytes = data.length + FRAMING_BYTES;
  for (const name in attributes) {
    bytes += 3 * (name.length + (attributes[name] as string).length) + FRAMING_BYTES;
  }
  return bytes;
}

const FRAMING_BYTES = 16;
