/** Cloud Tasks as the alarm: one named task for each alarm and time, created by whoever comes first. */
import { createHash } from "node:crypto";
import { CloudTasksClient } from "@google-cloud/tasks";
import type { Clock } from "../clock.ts";
import type { AlarmConfig } from "../config.ts";
import { PipelineError, reasonOf } from "../errors.ts";
import type { Alarm, AlarmName } from "../ports.ts";
import { fireTime } from "../window.ts";
import { type Connection, channelOptions, RenewedClient } from "./channel.ts";
import { insecureEndpoint } from "./insecure-endpoint.ts";

const ALREADY_EXISTS = 6;
const CREATE_TIMEOUT_MS = 2_000;
/** Cloud Tasks stops listening after this; longer than any round (the services stop at their own budget). */
const DISPATCH_DEADLINE_S = 600;

const TARGETS: Record<AlarmName, (alarm: AlarmConfig) => { queue: string; path: string; audience: string }> =
  {
    drain: ({ queueDrain, batcherUrl }) => ({ queue: queueDrain, path: "/drain", audience: batcherUrl }),
    spill: ({ queueDrain, batcherUrl }) => ({
      queue: queueDrain,
      path: "/drain?spill=1",
      audience: batcherUrl,
    }),
    recheck: ({ queueDrain, batcherUrl }) => ({
      queue: queueDrain,
      path: "/drain?recheck=1",
      audience: batcherUrl,
    }),
    load: ({ queueLoad, loaderUrl }) => ({ queue: queueLoad, path: "/load", audience: loaderUrl }),
    resume: ({ queueLoad, loaderUrl }) => ({
      queue: queueLoad,
      path: "/load?type=",
      audience: loaderUrl,
    }),
    rollup: ({ queueRollup, loaderUrl }) => ({
      queue: queueRollup,
      path: "/load?rollup=1",
      audience: loaderUrl,
    }),
  };

export interface AlarmOptions {
  readonly alarm: AlarmConfig;
  readonly windowMs: number;
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  /** `host:port` of a stand-in, from CLOUD_TASKS_EMULATOR_HOST. */
  readonly emulatorHost?: string;
}

/**
 * A task that exists already, or has run under this name, is the same success: it fires after the window's end, so
 * after whatever was written before asking.
 */
export function createAlarm(options: AlarmOptions): Alarm & Connection {
  const { alarm, windowMs, clock } = options;
  const clients = new RenewedClient(
    () =>
      new CloudTasksClient({
        projectId: alarm.project,
        ...insecureEndpoint(options.emulatorHost),
        ...channelOptions(options.requestTimeoutMs),
      }),
    (client) => client.cloudTasksStub,
  );
  async function create(name: AlarmName, at: number, type: string | undefined): Promise<void> {
    const { queue, path, audience } = TARGETS[name](alarm);
    const parent = `projects/${alarm.project}/locations/${alarm.location}/queues/${queue}`;
    const task = {
      name: `${parent}/tasks/${taskId(name, at, type)}`,
      scheduleTime: { seconds: Math.floor(at / 1000), nanos: Math.round((at % 1000) * 1e6) },
      dispatchDeadline: { seconds: DISPATCH_DEADLINE_S },
      httpRequest: {
        httpMethod: "POST" as const,
        url: `${audience}${path}${type === undefined ? "" : encodeURIComponent(type)}`,
        ...(alarm.serviceAccount === ""
          ? {}
          : { oidcToken: { serviceAccountEmail: alarm.serviceAccount, audience } }),
      },
    };
    try {
      await clients.call((client) => client.createTask({ parent, task }, { timeout: CREATE_TIMEOUT_MS }));
    } catch (error) {
      if ((error as { code?: number }).code === ALREADY_EXISTS) return;
      throw new PipelineError("ALARM_UNAVAILABLE", "later", `${name}: ${reasonOf(error)}`, { cause: error });
    }
  }

  return {
    arm: armOnce(create, windowMs, clock),
    warm: () => clients.warm(),
    close: () => clients.close(),
  };
}

/**
 * Each instance asks at most once for an alarm at one time.
 * @param create resolves once there is a task for that time (milliseconds since the epoch), whoever made it
 */
export function armOnce(
  create: (name: AlarmName, at: number, type: string | undefined) => Promise<void>,
  windowMs: number,
  clock: Clock,
): Alarm["arm"] {
  const armed = new Map<string, { at: number; done: Promise<void> }>();
  return async function arm(name, delayMs = 0, type): Promise<void> {
    const at = fireTime(name, clock.now() + delayMs, windowMs);
    const key = type === undefined ? name : `${name} ${type}`;
    const known = armed.get(key);
    if (known?.at === at) return known.done;
    const done = create(name, at, type);
    armed.set(key, { at, done });
    try {
      await done;
    } catch (error) {
      if (armed.get(key)?.done === done) armed.delete(key);
      throw error;
    }
    // An answer that came after the alarm went off may have come after the service had looked.
    if (clock.now() >= at) return arm(name, delayMs, type);
  };
}

/** Hashed in front, because names in sequence slow a queue down; the time behind it for the reader of a log. */
export function taskId(name: AlarmName, at: number, type?: string): string {
  const id = `${name}-${Math.round(at)}`;
  const hash = createHash("sha256")
    .update(`${id} ${type ?? ""}`)
    .digest("hex");
  return `${hash.slice(0, 8)}-${id}`;
}
