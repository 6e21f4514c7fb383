/** What each service may take on Cloud Run. */
import type { ServiceName } from "./names.ts";

interface Size {
  readonly cpu: string;
  readonly memory: `${number}Mi`;
  readonly concurrency: number;
  readonly timeout: string;
  readonly maxInstances: number;
}

/** Batcher and loader run one round at a time, by their queues; the second instance is for the safety net. */
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
export function sizeOf(service: ServiceName, maxReceivers: number): Size {
  const sizes: Record<ServiceName, Size> = {
    receiver: { cpu: "1", memory: "512Mi", concurrency: 100, timeout: "60s", maxInstances: maxReceivers },
    batcher: { cpu: "1", memory: "512Mi", concurrency: 1, timeout: "600s", maxInstances: TWO_AT_MOST },
    loader: { cpu: "0.5", memory: "256Mi", concurrency: 1, timeout: "600s", maxInstances: TWO_AT_MOST },
  };
  return sizes[service];
}

/**
 * How much V8 may take where work comes in heaps: left alone, it takes half as much again in the batcher, and more than there
 * is in the loader, for a tenth less processor time (docs/performance.md, "Batcher" and "Memory").
 */
export const HEAPS: Readonly<Record<ServiceName, { readonly NODE_OPTIONS?: string }>> = {
  receiver: {},
  batcher: { NODE_OPTIONS: "--max-semi-space-size=8 --max-old-space-size=320" },
  loader: { NODE_OPTIONS: "--max-semi-space-size=4 --max-old-space-size=128" },
};
