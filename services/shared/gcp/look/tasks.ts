/** Looks at task queues and what waits in them: nothing is created, run or deleted. */
import { CloudTasksClient } from "@google-cloud/tasks";
import { insecureEndpoint } from "../insecure-endpoint.ts";
import { grantedOr, orMissing } from "./looked.ts";

export interface TasksLookOptions {
  readonly project: string;
  readonly location: string;
  readonly requestTimeoutMs: number;
  /** `host:port` of a stand-in. */
  readonly emulatorHost?: string;
  /** Asked before every call; what it rejects with is the call's failure. */
  readonly ready: () => Promise<unknown>;
}

/** A task's times are milliseconds since the epoch. */
export interface WaitingTask {
  readonly name: string;
  readonly url: string;
  /** When it is due, or tried again. */
  readonly scheduledAt: number;
  readonly attempts: number;
  /** When it was first tried. */
  readonly firstTriedAt?: number;
  /** Why the last try failed, in the queue's words; `undefined` while none has. */
  readonly lastError?: string;
}

export interface TasksLook {
  /** The queue's state: RUNNING, PAUSED or DISABLED; `undefined` when there is no such queue. */
  state(queue: string): Promise<string | undefined>;
  /** The first `limit` tasks by name; `undefined` when there is no such queue. */
  tasks(queue: string, limit: number): Promise<readonly WaitingTask[] | undefined>;
  /** Those of the permissions that the caller has; `undefined` where that cannot be asked. */
  granted(queue: string, permissions: readonly string[]): Promise<readonly string[] | undefined>;
  close(): Promise<void>;
}

interface Time {
  readonly seconds?: unknown;
  readonly nanos?: number | null;
}

export function createTasksLook(options: TasksLookOptions): TasksLook {
  const { project, location, requestTimeoutMs, emulatorHost, ready } = options;
  const client = new CloudTasksClient({ projectId: project, ...insecureEndpoint(emulatorHost) });
  // One try: who looks wants to know that it does not answer.
  const once = { timeout: requestTimeoutMs, retry: null };
  const pathOf = (queue: string) => client.queuePath(project, location, queue);
  const code = "ALARM_UNAVAILABLE";
  return {
    async state(queue) {
      const found = await orMissing(
        code,
        ready().then(() => client.getQueue({ name: pathOf(queue) }, once)),
      );
      return found && String(found[0].state);
    },
    async tasks(queue, limit) {
      const request = { parent: pathOf(queue), pageSize: limit };
      const found = await orMissing(
        code,
        ready().then(() => client.listTasks(request, { ...once, autoPaginate: false })),
      );
      return found?.[0].map(
        ({ name, httpRequest, scheduleTime, dispatchCount, firstAttempt, lastAttempt }) => {
          const firstTriedAt = millisecondsOf(firstAttempt?.dispatchTime);
          const { code: status = 0, message } = lastAttempt?.responseStatus ?? {};
          return {
            name: name ?? "",
            url: httpRequest?.url ?? "",
            scheduledAt: millisecondsOf(scheduleTime) ?? 0,
            attempts: dispatchCount ?? 0,
            ...(firstTriedAt === undefined ? {} : { firstTriedAt }),
            ...(status === 0 ? {} : { lastError: message || `status ${String(status)}` }),
          };
        },
      );
    },
    async granted(queue, permissions) {
      const request = { resource: pathOf(queue), permissions: [...permissions] };
      const answer = await grantedOr(
        code,
        ready().then(() => client.testIamPermissions(request, once)),
      );
      return answer?.[0].permissions ?? (answer && []);
    },
    close: () => client.close(),
  };
}

function millisecondsOf(time: Time | null | undefined): number | undefined {
  return time ? Number(time.seconds ?? 0) * 1000 + Math.floor((time.nanos ?? 0) / 1e6) : undefined;
}
