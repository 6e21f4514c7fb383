/** The methods of google.cloud.tasks.v2.CloudTasks that are about queues. */

import { type PageRequest, page } from "../grpc/page.ts";
import { StatusError } from "../grpc/status-error.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { QueueMessage } from "./messages.ts";
import { applySettings } from "./queue-settings.ts";
import { checkLocation, checkQueueName, locationOf } from "./resource-names.ts";
import type { Store } from "./store.ts";
import { QUEUE_NAME_TAKEN_MS, TASK_NAME_TAKEN_MS } from "./store-names.ts";
import { type QueueRecord, queueMessage } from "./store-queues.ts";

/** cloudtasks.proto, `ListQueuesRequest.page_size`. */
const MAX_QUEUES_PER_PAGE = 9800;

type Named = { readonly name: string };

/** @throws StatusError NOT_FOUND */
export function existingQueue(store: Store, name: string): QueueRecord {
  const queue = store.queues.get(checkQueueName(name));
  if (!queue) throw new StatusError("NOT_FOUND", `queue ${name} does not exist`);
  return queue;
}

export function queueMethods(store: Store, dispatcher: Dispatcher, now: () => number) {
  function put(queue: QueueRecord): QueueMessage {
    store.queues.put(queue);
    dispatcher.wake(queue.name);
    return queueMessage(queue);
  }

  function checkNameIsFree(name: string): void {
    if (store.names.isTaken(name, now())) {
      throw new StatusError("FAILED_PRECONDITION", `queue ${name} was deleted less than 7 days ago`);
    }
  }

  return {
    CreateQueue(request: { readonly parent: string; readonly queue: QueueMessage | null }): QueueMessage {
      const given = required(request.queue);
      const name = checkQueueName(given.name);
      if (locationOf(name) !== checkLocation(request.parent)) {
        throw new StatusError("INVALID_ARGUMENT", `queue ${name} is not in ${request.parent}`);
      }
      if (store.queues.get(name)) throw new StatusError("ALREADY_EXISTS", `queue ${name} exists`);
      checkNameIsFree(name);
      return put({ name, paused: false, settings: applySettings(undefined, given, []), purgeMicros: null });
    },

    /** "This method creates the queue if it does not exist" (cloudtasks.proto). */
    UpdateQueue(request: {
      readonly queue: QueueMessage | null;
      readonly updateMask: { readonly paths: readonly string[] } | null;
    }): QueueMessage {
      const given = required(request.queue);
      const name = checkQueueName(given.name);
      const before = store.queues.get(name);
      if (!before) checkNameIsFree(name);
      const settings = applySettings(before?.settings, given, request.updateMask?.paths ?? []);
      return put({ paused: false, purgeMicros: null, ...before, name, settings });
    },

    GetQueue: (request: Named): QueueMessage => queueMessage(existingQueue(store, request.name)),

    ListQueues(request: PageRequest & { readonly parent: string; readonly filter: string }) {
      const location = checkLocation(request.parent);
      if (request.filter) throw new StatusError("UNIMPLEMENTED", "filter is not served here");
      const list = (after: string, limit: number) => store.queues.list(location, after, limit);
      const { items, nextPageToken } = page(request, MAX_QUEUES_PER_PAGE, list);
      return { queues: items.map(queueMessage), nextPageToken };
    },

    DeleteQueue(request: Named) {
      const { name } = existingQueue(store, request.name);
      store.atomically(() => {
        const untilMs = now() + TASK_NAME_TAKEN_MS;
        for (const task of store.tasks.removeAll(name)) store.names.take(task, untilMs);
        store.queues.remove(name);
        store.names.take(name, now() + QUEUE_NAME_TAKEN_MS);
      });
      return {};
    },

    PurgeQueue(request: Named): QueueMessage {
      const queue = existingQueue(store, request.name);
      const purged = { ...queue, purgeMicros: now() * 1000 };
      return store.atomically(() => {
        const untilMs = now() + TASK_NAME_TAKEN_MS;
        for (const task of store.tasks.removeAll(queue.name)) store.names.take(task, untilMs);
        store.queues.put(purged);
        return queueMessage(purged);
      });
    },

    PauseQueue: (request: Named): QueueMessage =>
      put({ ...existingQueue(store, request.name), paused: true }),

    ResumeQueue: (request: Named): QueueMessage =>
      put({ ...existingQueue(store, request.name), paused: false }),
  };
}

function required(queue: QueueMessage | null): QueueMessage {
  if (!queue) throw new StatusError("INVALID_ARGUMENT", "queue is missing");
  return queue;
}
