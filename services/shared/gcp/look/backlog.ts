/** How much waits in a subscription. Pub/Sub's own API does not say; Cloud Monitoring does, a few minutes late. */
import { PipelineError, reasonOf } from "../../errors.ts";
import type { Google } from "./google.ts";

interface Backlog {
  /** That nobody has acknowledged, leased ones included. */
  readonly messages: number;
  readonly oldestMs: number;
}

/** `undefined` where nobody can be asked, or when there is no figure of the last ten minutes. @throws PipelineError QUEUE_UNAVAILABLE */
export type BacklogLook = (subscription: string) => Promise<Backlog | undefined>;

export interface BacklogLookOptions {
  readonly project: string;
  /** `host:port` of a stand-in for Pub/Sub; ours answers at its own address. */
  readonly emulatorHost?: string;
  readonly google: Google["get"];
  readonly requestTimeoutMs: number;
  readonly now: () => number;
}

/** As far back as a figure may be: an idle subscription has none that is newer. */
const FIGURE_AGE_MS = 10 * 60_000;

/** https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-pubsub */
const MESSAGES = "num_undelivered_messages";
const OLDEST_SECONDS = "oldest_unacked_message_age";

export function createBacklogLook(options: BacklogLookOptions): BacklogLook {
  const { project, emulatorHost, google, requestTimeoutMs, now } = options;
  const base = emulatorHost === undefined ? "https://monitoring.googleapis.com" : `http://${emulatorHost}`;
  const get = emulatorHost === undefined ? google : getFrom(requestTimeoutMs);

  /** https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/list */
  async function figure(metric: string, subscription: string): Promise<number | undefined> {
    const url = new URL(`${base}/v3/projects/${project}/timeSeries`);
    url.search = new URLSearchParams({
      filter: `metric.type = "pubsub.googleapis.com/subscription/${metric}" AND resource.labels.subscription_id = "${subscription}"`,
      "interval.startTime": new Date(now() - FIGURE_AGE_MS).toISOString(),
      "interval.endTime": new Date(now()).toISOString(),
    }).toString();
    const answer = (await get(url)) as { readonly timeSeries?: readonly TimeSeries[] } | undefined;
    // Points come newest first; there is one series.
    const value = answer?.timeSeries?.[0]?.points?.[0]?.value?.int64Value;
    return value === undefined ? undefined : Number(value);
  }

  return async (subscription) => {
    try {
      const [messages, seconds] = await Promise.all([
        figure(MESSAGES, subscription),
        figure(OLDEST_SECONDS, subscription),
      ]);
      if (messages === undefined) return undefined;
      return { messages, oldestMs: 1000 * (seconds ?? 0) };
    } catch (error) {
      throw new PipelineError("QUEUE_UNAVAILABLE", "later", reasonOf(error), { cause: error });
    }
  };
}

interface TimeSeries {
  readonly points?: readonly { readonly value?: { readonly int64Value?: string } }[];
}

/** `undefined` from a stand-in that has no Cloud Monitoring, such as Google's own. */
function getFrom(requestTimeoutMs: number): (url: URL) => Promise<unknown> {
  return async (url) => {
    const response = await fetch(url, { signal: AbortSignal.timeout(requestTimeoutMs) });
    return response.ok ? response.json() : undefined;
  };
}
