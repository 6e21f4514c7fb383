/** Opens what the commands work on: the boxes of letters, the way back for messages, and the alarms. */
import { systemClock } from "#services/shared/clock.ts";
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import { createPublisher, createQueue } from "#services/shared/gcp/pubsub.ts";
import { createAlarm } from "#services/shared/gcp/tasks.ts";
import type { AlarmName } from "#services/shared/ports.ts";
import { alarmPlace, bucketPlace, queuePlace } from "../place.ts";
import { spin } from "../progress.ts";
import type { Terminal } from "../terminal.ts";
import { bringIn } from "./bring-in.ts";
import { openBucketPorts } from "./files.ts";
import type { LetterBox } from "./letter.ts";
import { messageBox } from "./messages.ts";
import { quarantineBox } from "./quarantine.ts";

export interface DeskOptions {
  readonly project?: string;
  readonly bucket?: string;
}

export interface Desk {
  readonly boxes: readonly LetterBox[];
  /** Has a service look now; the answer is why it could not be asked. */
  wake(name: AlarmName): Promise<string | undefined>;
}

const REQUEST_TIMEOUT_MS = 20_000;

/** Runs a command's work; clients are closed whatever happens. */
export async function withDesk(
  terminal: Terminal,
  options: DeskOptions,
  work: (desk: Desk) => Promise<void>,
): Promise<void> {
  const { project, topic, deadLetters, emulatorHost } = queuePlace(terminal.env, options);
  const host = emulatorHost === undefined ? {} : { emulatorHost };
  const place = bucketPlace(terminal.env, options);
  const timeout = { requestTimeoutMs: REQUEST_TIMEOUT_MS };
  const bucket = { ...place, ...timeout };
  const ports = openBucketPorts(bucket);
  const queue = createQueue({ project, subscription: deadLetters, ...timeout, ...host });
  const publisher = createPublisher({ project, topic, timeoutMs: REQUEST_TIMEOUT_MS, ...timeout, ...host });
  const stopSpinning = spin("looking for dead letters", terminal);
  try {
    await bringIn({ ...ports, queue, warn: (text) => terminal.error(`${text}\n`) });
    stopSpinning();
    const boxes = [messageBox({ ...ports, publisher }), quarantineBox(ports)];
    await work({ boxes, wake: (name) => wake(terminal, options, name) });
  } catch (error) {
    throw withAdvice(error, place.address);
  } finally {
    stopSpinning();
    await queue.close();
    await publisher.close();
  }
}

async function wake(terminal: Terminal, options: DeskOptions, name: AlarmName): Promise<string | undefined> {
  const place = alarmPlace(terminal.env, options);
  if (place === undefined) return "BATCHER_URL and LOADER_URL do not say where it would call";
  const alarm = createAlarm({ ...place, clock: systemClock });
  try {
    await alarm.arm(name);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  } finally {
    await alarm.close();
  }
}

function withAdvice(error: unknown, address: string | undefined): unknown {
  if (!(error instanceof PipelineError) || error.retry !== "later" || address === undefined) return error;
  const advice =
    "the local cloud does not answer: start the pipeline with `make up`, or name a project with --project";
  return new PipelineError(error.code, error.retry, `${advice}\n${error.message}`, { cause: error });
}
