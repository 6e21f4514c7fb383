/** The clients that every service has, see `late.ts`. */

import type { StoreOptions } from "./gcp/storage.ts";
import type { AlarmOptions } from "./gcp/tasks.ts";
import { late } from "./late.ts";

export function lateStore(options: StoreOptions) {
  return late(async () => {
    const { createStore } = await import("./gcp/storage.ts");
    return createStore(options);
  }, ["create", "replace", "read", "list", "listSized", "folders", "copy", "remove"]);
}

export function lateAlarm(options: AlarmOptions) {
  return late(async () => {
    const { createAlarm } = await import("./gcp/tasks.ts");
    return createAlarm(options);
  }, ["arm", "warm"]);
}
