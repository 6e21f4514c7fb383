/** Messages that a stream holds: each is acknowledged once the receiver has it, and stays otherwise. */
import type { JsMsg } from "@nats-io/jetstream";
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import { persist } from "#services/shared/retry.ts";
import type { StreamConsumer } from "./consumer.ts";
import type { BridgeDeps } from "./deps.ts";
import { forward } from "./forward.ts";
import { Outage } from "./outage.ts";
import { pauseMs } from "./pause.ts";
import { toRequest } from "./request.ts";

/** A worker asks for one message at a time, so that none waits in memory, its time running out. */
const ASK_MS = 2_000;

/** Resolves once it was told to stop and the last message is forwarded or given back. */
export async function forwardStream(
  first: StreamConsumer,
  find: () => Promise<StreamConsumer | undefined>,
  workers: number,
  deps: BridgeDeps,
): Promise<void> {
  const outage = new Outage(deps.log, "no messages can be had", "messages can be had again");
  // The consumer may be gone when the server is back, from a memory store or because somebody removed it.
  const findAgain = async () => {
    const found = await find();
    if (found !== undefined) return found;
    const reason = "no stream captures the subject any more";
    outage.failed({ code: "NATS_UNAVAILABLE", reason });
    throw new PipelineError("NATS_UNAVAILABLE", "later", reason);
  };
  deps.log.info("forwards what a stream holds");
  for (let source = first; ; source = await persist(findAgain, () => deps.stop.aborted, deps)) {
    const failure = await forwardUntilFailure(source, workers, outage, deps);
    if (failure === undefined || deps.stop.aborted) return;
    outage.failed({ code: "NATS_UNAVAILABLE", reason: reasonOf(failure) });
  }
}

/** @returns what ended it; `undefined` when it was told to stop */
async function forwardUntilFailure(
  { consumer, ackWaitMs }: StreamConsumer,
  workers: number,
  outage: Outage,
  deps: BridgeDeps,
): Promise<unknown> {
  let failure: unknown;
  const worker = async () => {
    while (!deps.stop.aborted && failure === undefined) {
      let message: JsMsg | null;
      try {
        message = await consumer.next({ expires: ASK_MS });
      } catch (error) {
        failure = error;
        return;
      }
      outage.succeeded();
      if (message !== null) await handle(message, ackWaitMs, deps);
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  return failure;
}

async function handle(message: JsMsg, ackWaitMs: number, deps: BridgeDeps): Promise<void> {
  const done = new AbortController();
  void stayBusy(message, ackWaitMs, done.signal, deps);
  try {
    const result = await forward(toRequest(message), deps);
    switch (result.outcome) {
      case "kept":
        message.ack();
        return;
      case "later":
        message.nak(pauseMs(message.info.deliveryCount, result.afterMs, deps.random));
        return;
      case "refused": {
        const object = `${message.info.stream}/${message.seq}`;
        deps.log.error("refused", { code: "RECEIVER_REFUSED", object, reason: result.reason });
        // A server before 2.10 does not understand a termination that carries a reason.
        message.term();
        return;
      }
      default:
        result satisfies never;
    }
  } finally {
    done.abort("done");
  }
}

/** A message that is worked on is not given to somebody else. */
async function stayBusy(
  message: JsMsg,
  ackWaitMs: number,
  done: AbortSignal,
  { clock }: BridgeDeps,
): Promise<void> {
  while (!done.aborted) {
    await clock.sleep(ackWaitMs / 3, done);
    if (!done.aborted) message.working();
  }
}
