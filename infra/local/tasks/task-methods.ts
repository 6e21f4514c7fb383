/** The methods of google.cloud.tasks.v2.CloudTasks that are about tasks. */
import { randomBytes } from "node:crypto";
import { type PageRequest, page } from "../grpc/page.ts";
import { StatusError } from "../grpc/status-error.ts";
import { endTask } from "./attempt-record.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { TaskMessage, View } from "./messages.ts";
import { existingQueue } from "./queue-methods.ts";
import { checkTaskName, queueOf } from "./resource-names.ts";
import type { Store } from "./store.ts";
import { type TaskRecord, taskMessage } from "./task-record.ts";
import { taskRecord } from "./task-request.ts";

/** cloudtasks.proto, `ListTasksRequest.page_size`. */
const MAX_TASKS_PER_PAGE = 1000;

type NamedView = { readonly name: string; readonly responseView: View };

export function taskMethods(store: Store, dispatcher: Dispatcher, now: () => number) {
  function existingTask(name: string): TaskRecord {
    const task = store.tasks.get(checkTaskName(name));
    if (task) return task;
    const recent = store.names.isTaken(name, now());
    throw new StatusError("NOT_FOUND", `task ${name} ${recent ? "ran or was deleted" : "does not exist"}`);
  }

  return {
    CreateTask(request: {
      readonly parent: string;
      readonly task: TaskMessage | null;
      readonly responseView: View;
    }): TaskMessage {
      const queue = existingQueue(store, request.parent);
      if (!request.task) throw new StatusError("INVALID_ARGUMENT", "task is missing");
      const name = request.task.name || `${queue.name}/tasks/${generatedId()}`;
      if (queueOf(checkTaskName(name)) !== queue.name) {
        throw new StatusError("INVALID_ARGUMENT", `task ${name} is not in ${queue.name}`);
      }
      const task = taskRecord(request.task, name, queue, now());
      if (store.tasks.get(name)) throw new StatusError("ALREADY_EXISTS", `task ${name} exists`);
      if (store.names.isTaken(name, now())) {
        throw new StatusError("ALREADY_EXISTS", `task ${name} ran or was deleted less than 24 hours ago`);
      }
      store.tasks.insert(task);
      dispatcher.wake(queue.name);
      return taskMessage(task, request.responseView);
    },

    GetTask: (request: NamedView): TaskMessage =>
      taskMessage(existingTask(request.name), request.responseView),

    ListTasks(request: PageRequest & { readonly parent: string; readonly responseView: View }) {
      const queue = existingQueue(store, request.parent);
      const list = (after: string, limit: number) => store.tasks.list(queue.name, after, limit);
      const { items, nextPageToken } = page(request, MAX_TASKS_PER_PAGE, list);
      return { tasks: items.map((task) => taskMessage(task, request.responseView)), nextPageToken };
    },

    DeleteTask(request: { readonly name: string }) {
      const { name } = existingTask(request.name);
      store.atomically(() => endTask(store, name, now()));
      return {};
    },

    RunTask: (request: NamedView): TaskMessage =>
      taskMessage(dispatcher.force(existingTask(request.name)), request.responseView),
  };
}

/** Twenty digits, like the ids that Cloud Tasks generates; 64 random bits make a repeat as good as impossible. */
function generatedId(): string {
  return randomBytes(8).readBigUInt64BE().toString().padStart(20, "0");
}
