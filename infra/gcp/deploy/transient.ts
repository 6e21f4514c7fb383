/** Errors that go away by themselves: each by its name, with the time it may take and the source of that. */
import { type Diagnostic, typeOf } from "./messages.ts";

const MINUTE_MS = 60_000;

interface Transient {
  readonly name: string;
  readonly pattern: RegExp;
  /** Types of resources at which the error is known to be transient; all when absent. */
  readonly types?: RegExp;
  /** From the first such error without any progress since. */
  readonly limitMs: number;
  /** What the person is told. */
  readonly waitsFor: string;
}

/** The first one that fits counts. */
const TRANSIENT: readonly Transient[] = [
  {
    // "If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry."
    // (the message itself; https://github.com/hashicorp/terraform-provider-google/issues/2129)
    name: "API enabled a moment ago",
    pattern:
      /SERVICE_DISABLED|accessNotConfigured|has not been used in project \S+ before or it is disabled/i,
    limitMs: 10 * MINUTE_MS,
    waitsFor: "an API that was enabled a moment ago",
  },
  {
    // Two at once (https://github.com/hashicorp/terraform-provider-google/blob/v6.50.0/google/transport/error_retry_predicates.go,
    // ServiceUsageServiceBeingActivated).
    name: "APIs are being enabled",
    pattern: /Another activation or deactivation is in progress/,
    limitMs: 5 * MINUTE_MS,
    waitsFor: "another change of the project's APIs",
  },
  {
    // "it could take up to 10 minutes to become available"
    // (https://github.com/hashicorp/terraform-provider-google/issues/11102, /10325).
    name: "new metric",
    pattern: /Cannot find metric|metric referenced by the provided filter is unknown/i,
    limitMs: 12 * MINUTE_MS,
    waitsFor: "new metrics to become visible to Cloud Monitoring",
  },
  {
    // https://github.com/hashicorp/terraform-provider-google/issues/4993, /12512
    name: "concurrent policy changes",
    pattern: /concurrent policy changes|too many concurrent edits/i,
    limitMs: 5 * MINUTE_MS,
    waitsFor: "another change of the same IAM policy",
  },
  {
    // Accounts are eventually consistent; one that IAM does not see yet is 400 in a policy, and 403 or 404 when read
    // (https://github.com/GoogleCloudPlatform/magic-modules/pull/1408, /pull/11811, and
    // https://cloud.google.com/iam/docs/service-accounts-create: "60 seconds or more").
    name: "new service account",
    pattern:
      /service account \S+ does not exist|unknown service account|serviceAccounts\/\S+ (?:was )?not found/i,
    limitMs: 5 * MINUTE_MS,
    waitsFor: "a new service account to become visible",
  },
  {
    // The answer to a queue whose name was deleted, and, for a moment, to one that is new
    // (https://github.com/GoogleCloudPlatform/python-docs-samples/issues/4034). No page says for how long: our limit.
    name: "new queue",
    pattern: /Queue does not exist/,
    types: /^google_cloud_tasks_queue/,
    limitMs: 3 * MINUTE_MS,
    waitsFor: "a new queue of Cloud Tasks",
  },
  {
    // The stack grants these resources their rights just before: "typically 2 minutes, potentially 7 minutes or longer"
    // (https://cloud.google.com/iam/docs/access-change-propagation;
    // https://github.com/hashicorp/terraform-provider-google/issues/16350, /13786).
    name: "new grant",
    pattern:
      /Error 403|PERMISSION_DENIED|permission denied|does not have (?:the )?permission|did not have the necessary permissions|must have permission/i,
    types:
      /^(?:google_(?:pubsub_subscription|cloud_run_v2_service|cloud_scheduler_job|storage_transfer_job|monitoring_\w+)|build)$/,
    limitMs: 10 * MINUTE_MS,
    waitsFor: "grants of the last minutes to take effect",
  },
  {
    // Whoever deploys needs no grant of the stack's own. A 403 that stays is an answer, and worth two minutes only
    // (https://github.com/hashicorp/terraform-provider-google/issues/1642: just after an API was enabled).
    name: "forbidden",
    pattern: /Error 403|PERMISSION_DENIED/,
    limitMs: 2 * MINUTE_MS,
    waitsFor: "a permission, in case it is only new",
  },
  {
    // https://cloud.google.com/apis/design/errors#error_retries
    name: "Google or the network",
    pattern:
      /Error (?:429|500|502|503|504)\b|UNAVAILABLE|rateLimitExceeded|exceeded rate limits|connection reset|i\/o timeout|TLS handshake timeout|unexpected EOF/i,
    limitMs: 5 * MINUTE_MS,
    waitsFor: "Google's API, which answered that it is busy or not at all",
  },
  {
    // Somebody else applied between plan and apply (https://developer.hashicorp.com/terraform/cli/commands/apply).
    name: "stale plan",
    pattern: /Saved plan is stale/,
    limitMs: 2 * MINUTE_MS,
    waitsFor: "a plan of what is there now",
  },
];

/** All attempts of one step together, however much progress each makes. */
const STEP_LIMIT_MS = 40 * MINUTE_MS;

const PAUSES_MS = [10_000, 20_000, 30_000, 60_000] as const;

interface Wait {
  readonly ms: number;
  readonly transient: Transient;
  /** Until it is given up, if nothing changes. */
  readonly leftMs: number;
}

export interface Patience {
  /**
   * @param errors of an attempt that failed
   * @param hasProgressed whether the attempt changed anything
   * @returns how long to wait before the next one, or `undefined` when an error is permanent or its time is over
   */
  judge(errors: readonly Diagnostic[], hasProgressed: boolean): Wait | undefined;
}

export function createPatience(now: () => number): Patience {
  const start = now();
  let attempts = 0;
  let first = new Map<string, number>();
  return {
    judge(errors, hasProgressed) {
      if (hasProgressed) {
        first = new Map();
        attempts = 0;
      }
      const all = errors.map(transientOf);
      const transients = all.filter((found) => found !== undefined);
      if (transients.length < all.length) return undefined;
      const time = now();
      const waits = transients.map((transient) => {
        const since = first.get(transient.name) ?? time;
        first.set(transient.name, since);
        return { transient, leftMs: Math.min(since + transient.limitMs, start + STEP_LIMIT_MS) - time };
      });
      const [shortest] = waits.toSorted((a, b) => a.leftMs - b.leftMs);
      if (shortest === undefined || shortest.leftMs <= 0) return undefined;
      const pause = PAUSES_MS[Math.min(attempts, PAUSES_MS.length - 1)] ?? 0;
      attempts += 1;
      return { ...shortest, ms: Math.min(pause, shortest.leftMs) };
    },
  };
}

export function transientOf({ text, address }: Diagnostic): Transient | undefined {
  const type = address === undefined ? "" : typeOf(address);
  return TRANSIENT.find(
    ({ pattern, types }) => pattern.test(text) && (types === undefined || types.test(type)),
  );
}
