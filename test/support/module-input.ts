/** Settings of `pullhouse.config.json` as the variables of the module. */
type Json = Readonly<Record<string, unknown>>;

const IMAGE = `us-central1-docker.pkg.dev/acme/pullhouse/services@sha256:${"0".repeat(64)}`;

export function moduleInput({ state: _backend, chainguard, ...settings }: Json): Json {
  const groups = (chainguard as { groups?: unknown } | undefined)?.groups;
  return {
    ...(snaked(settings, KEPT) as Json),
    ...(groups === undefined ? {} : { chainguard_groups: groups }),
    image: IMAGE,
  };
}

/** Keys that are values, not settings. */
const KEPT = new Set(["labels", "settings"]);

function snaked(value: unknown, kept: ReadonlySet<string> = new Set()): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([key, one]) => [
    key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    kept.has(key) ? one : snaked(one),
  ]);
  return Object.fromEntries(entries);
}
