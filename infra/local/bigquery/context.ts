/** What the parts of the stand-in share. */
import type { Database } from "./database.ts";
import type { TakeTime } from "./job-seconds.ts";
import type { WithLock } from "./locks.ts";

export interface Context {
  readonly database: Database;
  readonly withLock: WithLock;
  /** Base address of Cloud Storage's JSON API, without a slash at its end. */
  readonly storageUrl: string;
  readonly now: () => number;
  /** Called inside of a job, before its effect can be seen. */
  readonly takeTime: TakeTime;
  readonly randomId: () => string;
}
