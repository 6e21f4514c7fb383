/** How long a deployment takes: added up from documentation and from the provider's own pauses, not measured on Google Cloud. */
import { type Change, typeOf } from "./messages.ts";

interface Minutes {
  readonly least: number;
  readonly most: number;
}

/** Cloud Build: a queue, two pulled images, two small layers. */
const IMAGE: Minutes = { least: 2, most: 5 };

/** Seconds per resource, of which Terraform changes ten at a time. A new account takes the provider ten seconds by itself. */
const RESOURCE: Minutes = { least: 2 / 60 / 10, most: 6 / 60 / 10 };

/** The limits are those of transient.ts. */
const BY_TYPE: readonly (Minutes & { readonly types: RegExp })[] = [
  // Enabling, and until the API answers.
  { types: /^google_project_service$/, least: 1, most: 5 },
  // Until the grants take effect: 2 minutes typically, 7 or more possibly.
  { types: /_iam_member$/, least: 1, most: 8 },
  { types: /^google_cloud_run_v2_service$/, least: 1, most: 3 },
  // Until the metrics are visible.
  { types: /^google_monitoring_alert_policy$/, least: 0, most: 10 },
];

/** @returns whole minutes, as "about 5 to 20 minutes" */
export function estimate(changes: readonly Change[], windowSeconds: number): string {
  const created = changes.filter(({ action }) => action === "create").map(({ address }) => typeOf(address));
  const parts = BY_TYPE.filter(({ types }) => created.some((type) => types.test(type)));
  const event = { least: 1, most: 2 + (2 * windowSeconds) / 60 };
  const resources = { least: RESOURCE.least * changes.length, most: RESOURCE.most * changes.length };
  const sum = (key: keyof Minutes) =>
    Math.ceil([IMAGE, event, resources, ...parts].reduce((total, part) => total + part[key], 0));
  return `about ${sum("least")} to ${sum("most")} minutes`;
}
