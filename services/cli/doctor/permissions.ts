/** What the person who asks may do: only what commands need, and which. */
import { LOADS } from "#services/shared/schema/check-files.ts";
import type { Check, Part } from "./check.ts";
import type { Exam } from "./exam.ts";

/** Permission, what it is needed for, and a role that has it. */
type Need = readonly [permission: string, use: string, role: string];

const BUCKET: readonly Need[] = [
  ["storage.objects.list", "doctor, prove", "roles/storage.objectViewer"],
  ["storage.objects.get", "doctor, prove", "roles/storage.objectViewer"],
  ["storage.objects.create", "dead-letters, replay, import", "roles/storage.objectUser"],
  ["storage.objects.delete", "dead-letters, forget", "roles/storage.objectUser"],
];
const TOPIC: readonly Need[] = [["pubsub.topics.publish", "dead-letters retry", "roles/pubsub.publisher"]];
const DEAD_LETTERS: readonly Need[] = [
  ["pubsub.subscriptions.consume", "dead-letters", "roles/pubsub.subscriber"],
];
const QUEUE: readonly Need[] = [
  ["cloudtasks.tasks.create", "dead-letters, replay, import", "roles/cloudtasks.enqueuer"],
];
const TABLE: readonly Need[] = [
  ["bigquery.tables.getData", "query, ask, prove, doctor", "roles/bigquery.dataViewer"],
  ["bigquery.tables.updateData", "replay, forget, rollup", "roles/bigquery.dataEditor"],
];

export const permissions: Check = {
  name: "permissions",
  title: "Your permissions",
  parts: ({ deployment, bucket, queue, tasks, warehouse }) => [
    part(`bucket ${deployment.bucket}`, BUCKET, (asked) => bucket.granted(asked)),
    part(`topic ${deployment.topic}`, TOPIC, (asked) => queue.granted("topic", deployment.topic, asked)),
    part(`subscription ${deployment.deadLetters}`, DEAD_LETTERS, (asked) =>
      queue.granted("subscription", deployment.deadLetters, asked),
    ),
    ...Object.values(deployment.queues).map((name) =>
      part(`queue ${name}`, QUEUE, (asked) => tasks.granted(name, asked)),
    ),
    part(`dataset ${deployment.dataset}`, TABLE, (asked) => warehouse.granted(LOADS, asked)),
  ],
};

function part(
  what: string,
  needs: readonly Need[],
  ask: (permissions: readonly string[]) => ReturnType<Exam["bucket"]["granted"]>,
): Part {
  return {
    what,
    look: async () => {
      const granted = await ask(needs.map(([permission]) => permission));
      if (granted === undefined)
        return [{ verdict: "not checked", what, found: "nothing here can be asked for permissions" }];
      const lacking = needs.filter(([permission]) => !granted.includes(permission));
      if (lacking.length === 0) return [{ verdict: "ok", what, found: "all that the commands need" }];
      return lacking.map(([permission, use, role]) => ({
        verdict: "look",
        what,
        found: `you lack ${permission}, which is needed for ${use}`,
        advice: `${role} has it`,
      }));
    },
  };
}
