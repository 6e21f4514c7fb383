/** What the checks ask: the deployment's names, and ports of which none can change anything. */
import { type Env, EnvReader, readServiceConfig } from "#services/shared/config.ts";
import type { Listing } from "#services/shared/gcp/listing.ts";
import { type BacklogLook, createBacklogLook } from "#services/shared/gcp/look/backlog.ts";
import { type BucketLook, createBucketLook } from "#services/shared/gcp/look/bucket.ts";
import { createDatasetLook, type DatasetLook } from "#services/shared/gcp/look/dataset.ts";
import { type Google, openGoogle } from "#services/shared/gcp/look/google.ts";
import { createQueueLook, type QueueLook } from "#services/shared/gcp/look/queue.ts";
import { createTasksLook, type TasksLook } from "#services/shared/gcp/look/tasks.ts";
import { createQuestioner, type Questioner } from "#services/shared/gcp/query.ts";
import type { Store } from "#services/shared/ports.ts";
import { openBucketPorts } from "../dead-letters/files.ts";
import { lateAfter } from "../late.ts";
import { bucketPlace, queuePlace, serviceVariables, tasksHost, warehousePlace } from "../place.ts";

export interface ExamOptions {
  readonly project?: string;
  readonly dataset?: string;
  readonly bucket?: string;
  readonly receiver?: string;
  readonly lateAfterMs?: number;
  readonly requestTimeoutMs: number;
}

export interface Deployment {
  readonly project: string;
  readonly location: string;
  readonly bucket: string;
  readonly dataset: string;
  readonly stagingDataset: string;
  readonly topic: string;
  readonly subscription: string;
  /** The subscription from which `pullhouse dead-letters` pulls. */
  readonly deadLetters: string;
  /** The alarms' queues, each by the variable that names it. */
  readonly queues: Readonly<Record<`TASKS_QUEUE_${"DRAIN" | "LOAD" | "ROLLUP"}`, string>>;
  /** The receiver's origin, where it is known. */
  readonly receiver?: string;
  readonly windowMs: number;
  /** Whether any part is a stand-in. */
  readonly isLocal: boolean;
}

export interface Exam {
  readonly deployment: Deployment;
  /** The services' variables, as they are set here. */
  readonly variables: Env;
  readonly bucket: BucketLook;
  readonly store: Pick<Store, "read">;
  readonly list: Listing;
  readonly queue: QueueLook;
  readonly backlog: BacklogLook;
  readonly tasks: TasksLook;
  readonly warehouse: DatasetLook;
  /** The dataset of the staging tables. */
  readonly staging: DatasetLook;
  readonly questioner: Pick<Questioner, "ask">;
  /** Google's REST APIs; `undefined` with stand-ins. */
  readonly google: Google["get"] | undefined;
  /** What waits for longer is stuck. */
  readonly lateAfterMs: number;
  readonly requestTimeoutMs: number;
  readonly now: () => number;
  close(): Promise<void>;
}

/** @throws PipelineError CONFIG_INVALID when it is not clear where to look */
export function openExam(env: Env, options: ExamOptions): Exam {
  const { requestTimeoutMs } = options;
  const variables = serviceVariables(env, options);
  const warehouse = warehousePlace(env, options);
  const bucket = bucketPlace(env, options);
  const { emulatorHost, ...queue } = queuePlace(env, options);
  // Without `done()`: wrong values are what the configuration's check tells.
  const reader = new EnvReader(variables);
  const { alarm, windowMs } = readServiceConfig(reader, 0);
  const tasks = tasksHost(env, options, reader);
  const receiver = options.receiver ?? reader.text("RECEIVER_URL", "");
  const { project } = bucket;
  const isLocal = [warehouse.address, bucket.address, emulatorHost, tasks].some(Boolean);

  const storeOptions = { ...bucket, requestTimeoutMs };
  const google = openGoogle(project, requestTimeoutMs);
  const ready = async (address: string | undefined) => (address ? undefined : google.ready());
  const queueLook = createQueueLook({
    project,
    requestTimeoutMs,
    ready: () => ready(emulatorHost),
    ...(emulatorHost === undefined ? {} : { emulatorHost }),
  });
  const tasksLook = createTasksLook({
    project,
    location: alarm.location,
    requestTimeoutMs,
    ready: () => ready(tasks),
    ...(tasks === "" ? {} : { emulatorHost: tasks }),
  });
  return {
    deployment: {
      project,
      location: alarm.location,
      bucket: bucket.bucket,
      dataset: warehouse.dataset,
      stagingDataset: warehouse.stagingDataset,
      topic: queue.topic,
      subscription: queue.subscription,
      deadLetters: queue.deadLetters,
      queues: {
        TASKS_QUEUE_DRAIN: alarm.queueDrain,
        TASKS_QUEUE_LOAD: alarm.queueLoad,
        TASKS_QUEUE_ROLLUP: alarm.queueRollup,
      },
      ...(URL.canParse(receiver) ? { receiver: new URL(receiver).origin } : {}),
      windowMs,
      isLocal,
    },
    variables: { ...variables, GCS_BUCKET: bucket.bucket, BIGQUERY_DATASET: warehouse.dataset },
    bucket: createBucketLook(storeOptions),
    ...openBucketPorts(storeOptions),
    queue: queueLook,
    backlog: createBacklogLook({
      project,
      google: google.get,
      requestTimeoutMs,
      now: () => Date.now(),
      ...(emulatorHost === undefined ? {} : { emulatorHost }),
    }),
    tasks: tasksLook,
    warehouse: createDatasetLook({ ...warehouse, requestTimeoutMs }),
    staging: createDatasetLook({ ...warehouse, dataset: warehouse.stagingDataset, requestTimeoutMs }),
    questioner: createQuestioner(warehouse),
    google: isLocal ? undefined : google.get,
    lateAfterMs: options.lateAfterMs ?? lateAfter(windowMs),
    requestTimeoutMs,
    now: () => Date.now(),
    close: async () => {
      await Promise.all([queueLook.close(), tasksLook.close()]);
    },
  };
}
