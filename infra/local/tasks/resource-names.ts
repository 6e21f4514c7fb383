/** The names of locations, queues and tasks, and what may be in them (task.proto and queue.proto, field `name`). */
import { StatusError } from "../grpc/status-error.ts";

const LOCATION = /^projects\/[A-Za-z0-9.:-]+\/locations\/[a-z0-9-]+$/;
const QUEUE = /^(projects\/[A-Za-z0-9.:-]+\/locations\/[a-z0-9-]+)\/queues\/([A-Za-z0-9-]{1,100})$/;
const TASK_ID = /^[A-Za-z0-9_-]{1,500}$/;

/** @throws StatusError INVALID_ARGUMENT */
export function checkLocation(name: string): string {
  if (!LOCATION.test(name)) {
    throw new StatusError("INVALID_ARGUMENT", `"${name}" is not projects/PROJECT_ID/locations/LOCATION_ID`);
  }
  return name;
}

/** @throws StatusError INVALID_ARGUMENT */
export function checkQueueName(name: string): string {
  if (!QUEUE.test(name)) {
    throw new StatusError(
      "INVALID_ARGUMENT",
      `"${name}" is not projects/PROJECT_ID/locations/LOCATION_ID/queues/QUEUE_ID ` +
        "with a QUEUE_ID of up to 100 letters, digits and hyphens",
    );
  }
  return name;
}

/** @throws StatusError INVALID_ARGUMENT */
export function checkTaskName(name: string): string {
  const { queue, id } = splitTaskName(name);
  checkQueueName(queue);
  if (!TASK_ID.test(id)) {
    throw new StatusError(
      "INVALID_ARGUMENT",
      `"${name}" is not QUEUE_NAME/tasks/TASK_ID with a TASK_ID of up to 500 letters, digits, hyphens and underscores`,
    );
  }
  return name;
}

/** The location that a queue is in. */
export function locationOf(queueName: string): string {
  return queueName.slice(0, queueName.lastIndexOf("/queues/"));
}

/** The last segment of a name: a queue's or task's id. */
export function idOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** The queue that a task's name says it is in; no check. */
export function queueOf(taskName: string): string {
  return splitTaskName(taskName).queue;
}

function splitTaskName(name: string): { queue: string; id: string } {
  const at = name.lastIndexOf("/tasks/");
  return at < 0
    ? { queue: name, id: "" }
    : { queue: name.slice(0, at), id: name.slice(at + "/tasks/".length) };
}
