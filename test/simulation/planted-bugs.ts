/** Bugs that the simulation must find: each breaks one rule of the pipeline, from outside of its code. */
import { EVENTS, PENDING, PLANS, TRIALS } from "#services/shared/objects.ts";
import type { SimulatedBigQuery } from "./bigquery.ts";
import type { Instance, InstanceDeps } from "./instance.ts";

export interface Bug {
  readonly name: string;
  /** A part of the invariant's name that has to break. */
  readonly breaks: RegExp;
  /** What hides the bug as long as it is there is taken away as well; alone, that breaks nothing in the seed that counts. */
  readonly without?: Bug;
  /** What BigQuery does not do. */
  readonly bigquery?: Partial<Pick<SimulatedBigQuery, "appends" | "trustsStaging" | "ignoresSender">>;
  /** Changes the ports of a new process. */
  plant(instance: Instance, deps: InstanceDeps): void;
}

/** Beginning of a merge job's id (services/loader/abandon-plan.ts). */
const MERGE_JOB = "pullhouse-merge-";

interface OpenPlan {
  readonly id: string;
  readonly objects: readonly { readonly mark: string }[];
}

type Ports = { -readonly [Port in "queue" | "store" | "warehouse" | "alarm" | "publisher"]: Instance[Port] };
const portsOf = (instance: Instance) => instance as unknown as Ports;

const NO_SECOND_LOOK: Bug = {
  name: "no second look after an empty drain",
  breaks: /an accepted event is a row/,
  plant(instance) {
    const { alarm } = instance;
    portsOf(instance).alarm = {
      arm: async (name, ms) => void (name === "recheck" || (await alarm.arm(name, ms))),
    };
  },
};

export const BUGS: readonly Bug[] = [
  {
    name: "acknowledge before the mark",
    breaks: /accepted/,
    plant(instance) {
      const { store, queue } = instance;
      portsOf(instance).store = {
        ...store,
        create: async (name, bytes, options) => {
          const created = await store.create(name, bytes, options);
          if (instance.service === "batcher" && name.startsWith(EVENTS))
            await queue.acknowledge([...instance.held]);
          return created;
        },
      };
    },
  },
  {
    name: "remove the mark before the commit",
    breaks: /accepted|booked/,
    plant(instance, { cloud }) {
      const { warehouse, store } = instance;
      portsOf(instance).warehouse = {
        ...warehouse,
        execute: async (jobId, ...statement) => {
          const isMerge = jobId.startsWith(MERGE_JOB);
          for (const name of isMerge ? cloud.names(PLANS) : []) {
            const plan = JSON.parse(cloud.objects.get(name)?.bytes.toString() ?? "{}") as OpenPlan;
            if (!jobId.endsWith(plan.id)) continue;
            await Promise.all(plan.objects.map(({ mark }) => store.remove(mark)));
            await store.remove(name);
          }
          return warehouse.execute(jobId, ...statement);
        },
      };
    },
  },
  { name: "append instead of merge", breaks: /once/, bigquery: { appends: true }, plant: () => {} },
  {
    name: "random job ids",
    breaks: /once|booked/,
    plant(instance, { world }) {
      const { warehouse } = instance;
      const other = (jobId: string) => `${jobId}-${world.random()}`;
      portsOf(instance).warehouse = {
        ...warehouse,
        load: (jobId, ...rest) => warehouse.load(other(jobId), ...rest),
        execute: (jobId, ...rest) => warehouse.execute(other(jobId), ...rest),
      };
    },
  },
  {
    name: "alarm before publish",
    // What was sent twice may wait although its event is a row.
    breaks: /an accepted event is a row|the queue is empty/,
    without: NO_SECOND_LOOK,
    plant(instance, deps) {
      NO_SECOND_LOOK.plant(instance, deps);
      if (instance.service !== "receiver") return;
      const { publisher, alarm } = instance;
      Object.assign(portsOf(instance), {
        publisher: {
          publish: async (message) => {
            await alarm.arm("drain");
            return publisher.publish(message);
          },
        },
        alarm: { arm: async () => {} },
      } satisfies Partial<Ports>);
    },
  },
  NO_SECOND_LOOK,
  {
    name: "the plan goes before its marks",
    breaks: /booked|once/,
    plant(instance) {
      const { store } = instance;
      portsOf(instance).store = {
        ...store,
        remove: async (name, generation) => {
          if (instance.service === "loader" && name.startsWith(PENDING)) {
            const type = name.slice(PENDING.length).split("/")[0];
            await store.remove(`${PLANS}${type}.json`);
          }
          await store.remove(name, generation);
        },
      };
    },
  },
  {
    name: "a staging table that is missing is made anew, and not counted",
    breaks: /an accepted event is a row/,
    bigquery: { trustsStaging: true },
    plant: () => {},
  },
  {
    name: "the key of the tables of all senders is without the sender",
    breaks: /an accepted event is a row/,
    bigquery: { ignoresSender: true },
    plant: () => {},
  },
  {
    name: "a job that failed is taken for a refusal of its objects",
    breaks: /what is set aside has deserved it/,
    plant(instance) {
      const { warehouse } = instance;
      portsOf(instance).warehouse = {
        ...warehouse,
        load: async (...asked) => {
          const ended = await warehouse.load(...asked);
          return ended.outcome === "failed" ? { outcome: "refused", reason: ended.reason } : ended;
        },
      };
    },
  },
  {
    name: "a plan is given up while its MERGE may still come",
    breaks: /once|booked/,
    plant(instance) {
      const { warehouse } = instance;
      const retire = async () => ({ outcome: "failed", reason: "trusted" }) as const;
      portsOf(instance).warehouse = { ...warehouse, retire };
    },
  },
  {
    name: "the loader knows only the columns of its own schema files",
    breaks: /no column's value is lost|what is set aside has deserved it|an accepted event is a row/,
    plant(instance) {
      const { store } = instance;
      portsOf(instance).store = {
        ...store,
        create: (name, bytes, options) => {
          const isMark = instance.service === "batcher" && name.startsWith(PENDING);
          const { columns: _, ...mark } = isMark ? (JSON.parse(String(bytes)) as { columns?: unknown }) : {};
          return store.create(name, isMark ? Buffer.from(JSON.stringify(mark)) : bytes, options);
        },
      };
    },
  },
  {
    name: "markers of live rounds count as crashes",
    breaks: /what is set aside has deserved it/,
    plant(instance) {
      const { store } = instance;
      // As if each marker were from long ago.
      const aged = (name: string) => (name.startsWith(TRIALS) ? name.replace(/\/\d+-(\w+)$/, "/0-$1") : name);
      portsOf(instance).store = {
        ...store,
        create: (name, bytes, options) => store.create(aged(name), bytes, options),
        remove: (name, generation) => store.remove(aged(name), generation),
      };
    },
  },
];
