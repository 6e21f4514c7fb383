/** What each service may take on Cloud Run. */
import { RECEIVER_SHAPES } from "../../services/shared/receiver-shape.ts";
import type { ServiceName } from "./names.ts";
import { type Terms, values } from "./terms.ts";

interface Size {
  readonly cpu: string;
  readonly memory: string;
  readonly concurrency: number;
  readonly timeout: string;
  readonly maxInstances: number;
  /** Whether CPU is paid, and there, only while a request is under way. */
  readonly cpuIdle: boolean;
}

/**
 * Each queue runs one round at a time. The second instance is for the safety net, and for the loader's rollups: days are
 * counted beside the loads. Whatever finds both taken waits or is repeated by its queue or job.
 */
const TWO_AT_MOST = 2;

/**
 * A receiver takes MAX_IN_FLIGHT (128) requests at once and answers 503 above; Cloud Run starts another one before that.
 * A request is over in seconds, whatever Google's services do: PUBLISH_TIMEOUT_MS + SPILL_TIMEOUT_MS and the keys.
 *
 * A loader's round ends within ROUND_MAX_SECONDS (240) and its last job within JOB_TIMEOUT_SECONDS (200), a batcher's within
 * 1.5 × ROUND_MAX_SECONDS, before Cloud Tasks stops listening after 600. A process drains one round at a time
 * (services/batcher/one-round.ts). The batcher compresses; the loader waits for BigQuery, and half a CPU waits as well. Less
 * than one takes one request at a time (https://cloud.google.com/run/docs/configuring/services/cpu).
 */
export function sizeOf(
  service: ServiceName,
  receivers: { readonly maxReceivers: number; readonly receiverShape: string },
  terms: Terms = values,
): Size {
  if (service === "receiver") return receiverSize(receivers, terms);
  const common = { concurrency: 1, timeout: "600s", maxInstances: TWO_AT_MOST, cpuIdle: true };
  if (service === "loader") return { ...common, cpu: "0.5", memory: "256Mi" };
  const isSmall = terms.is(receivers.receiverShape, "small");
  return { ...common, cpu: terms.either(isSmall, SMALL_BATCHER_CPU, "1"), memory: "512Mi" };
}

/**
 * A drain mostly waits, and is paid by the second. Half a CPU drains some 7,000 events a second, where 17 come; with fewer events
 * a whole one is free.
 */
const SMALL_BATCHER_CPU = "0.5";

/**
 * While Pub/Sub does not answer, the first request of each small instance is held for PUBLISH_TIMEOUT_MS; then it spills at once,
 * but for a probe a second (services/receiver/durable.ts): 11 events in 3.1 s. 100 instances keep 350 a second so, of the 17
 * for which that shape is chosen at most, and 35 of them are held at the start of an outage.
 */
function receiverSize(
  { maxReceivers, receiverShape }: { readonly maxReceivers: number; readonly receiverShape: string },
  terms: Terms,
): Size {
  const { small, shared } = RECEIVER_SHAPES;
  const either = <T>(of: (shape: typeof small | typeof shared) => T): T =>
    terms.either(terms.is(receiverShape, "small"), of(small), of(shared));
  return {
    cpu: either(({ cpus }) => String(cpus)),
    memory: either(({ memoryMib }) => `${memoryMib}Mi`),
    concurrency: either(({ concurrency }) => concurrency),
    timeout: "60s",
    maxInstances: either(({ instancesPerReceiver: each }) =>
      each === 1 ? maxReceivers : terms.times(maxReceivers, each),
    ),
    // All else of "always" is as in "shared".
    cpuIdle: terms.not(terms.is(receiverShape, "always")),
  };
}

/**
 * How much V8 may take where work comes in heaps: left alone, it takes half as much again in the batcher, and more than there
 * is in the loader, for a tenth less processor time. The receiver gets more than Node would give it: in a container of 512 MiB
 * new objects have 2 MiB, and an event then takes a quarter more processor time than with these 23 MiB more. For old ones 256
 * is what Node takes there by itself, said where it does not see the limit (docs/internals/performance.md, "Batcher" and "Memory").
 */
export const HEAPS = {
  receiver: { NODE_OPTIONS: "--max-semi-space-size=16 --max-old-space-size=256" },
  batcher: { NODE_OPTIONS: "--max-semi-space-size=8 --max-old-space-size=320" },
  loader: { NODE_OPTIONS: "--max-semi-space-size=4 --max-old-space-size=128" },
} as const satisfies Readonly<Record<ServiceName, { readonly NODE_OPTIONS: string }>>;
