/** Settings of `pullhouse.config.json` that between them make every resource and take every option. */

const GROUP = "45a0c61ea6fd977f050c5fb9ac06a69eed764595";

/** Everything that can be set. */
export const COMPLETE = {
  chainguard: { groups: [GROUP, `${GROUP}/0123456789abcdef`], subscribe: true },
  secrets: ["ZOT_TOKENS", "MSR_SECRETS", "PRIVACY_KEY"],
  secretLocations: ["us-central1", "us-east1"],
  encryptionKey: "projects/acme-keys/locations/us-central1/keyRings/pullhouse/cryptoKeys/events",
  receiverRegions: ["us-central1", "europe-west1"],
  labels: { team: "platform" },
  queueSuffix: "b",
  alerts: "metrics",
  eventsPerDay: 1_000_000,
  settings: { receiver: { MAX_IN_FLIGHT: "64" } },
  notificationChannels: ["projects/acme-registry-events/notificationChannels/17"],
  retention: {
    events: { nearlineAfterDays: 40, coldlineAfterDays: 100, archiveAfterDays: 365, deleteAfterDays: 2000 },
    quarantineDeleteAfterDays: 90,
    deadLettersDeleteAfterDays: 90,
    rowsDeleteAfterDays: 400,
    softDeleteDays: 7,
    lockedArchiveDays: 30,
  },
  loadBalancer: { domains: ["events.example.com", "webhooks.example.net"] },
  state: { bucket: "acme-state" },
} as const;

/** The other way of each option that has two. */
const OTHERWISE = {
  alerts: false,
  eventsPerDay: 10_000_000,
  deletionProtection: false,
  publicAccess: "no-invoker-check",
  ingress: "load-balancer",
  secrets: ["ZOT_TOKENS"],
  datasetLocation: "EU",
  region: "europe-west1",
} as const;

/** Three stacks, in which each option is once as it is by default, once otherwise: a synthesis takes a second. */
export function everyStack(): readonly (readonly [string, Record<string, unknown>])[] {
  return [
    ["three settings", {}],
    ["everything", COMPLETE],
    ["every option otherwise", OTHERWISE],
  ];
}

/** Without what the module leaves to its caller: the load balancer, the state, Chainguard's provider. */
export function forModule(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { loadBalancer: _balancer, state: _state, chainguard, ...rest } = settings;
  const groups = (chainguard as { groups?: readonly string[] } | undefined)?.groups ?? [GROUP];
  return { ...rest, chainguard: { groups } };
}
