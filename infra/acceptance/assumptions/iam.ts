/** What the deployment takes for granted of IAM. */
import { namesOf } from "../../gcp/names.ts";
import { type Assumption, failed, heldIf } from "../assumption.ts";
import { configOf, NO_GROUP } from "../config.ts";
import type { Deployment } from "../deployment.ts";

const product = "IAM";
const NO_IAM = "the local cloud has no permissions";

const MINUTES_MAX = 7;

const propagation: Assumption = {
  id: "grants-are-seen-in-minutes",
  product,
  statement: `A permission that is taken away or given back is seen within ${MINUTES_MAX} minutes.`,
  source: "https://cloud.google.com/iam/docs/access-change-propagation",
  onlyGoogle: NO_IAM,
  async check({ observed }) {
    const { refusal, allowedAfterMs } = observed;
    if (refusal === undefined || allowedAfterMs === undefined)
      return failed("the loader was never refused, or never let again");
    const minutes = [refusal.afterMs, allowedAfterMs].map((ms) => ms / 60_000);
    return heldIf(
      Math.max(...minutes) <= MINUTES_MAX,
      `taken away: seen after ${minutes[0]?.toFixed(1)} min; given back: after ${minutes[1]?.toFixed(1)} min`,
    );
  },
};

const loaderRole: Assumption = {
  id: "five-permissions-suffice",
  product,
  statement: "Five permissions in the dataset are all that the loader needs there.",
  source: "https://cloud.google.com/bigquery/docs/access-control",
  onlyGoogle: NO_IAM,
  async check({ deployment }) {
    const lines = await deployment.lines("loader");
    const loaded = lines.filter(({ message }) => message === "loaded").length;
    // The one that was taken away on purpose is another matter.
    const missing = new Set(
      lines
        .flatMap(({ reason = "" }) => reason.match(/bigquery\.\w+\.\w+/g) ?? [])
        .filter((name) => name !== "bigquery.tables.updateData"),
    );
    return heldIf(
      loaded > 0 && missing.size === 0,
      `${loaded} loads; missing: ${[...missing].join(", ") || "none"}`,
    );
  },
};

const rolePath = ({ env, prefix }: Deployment) => {
  const project = env["GOOGLE_CLOUD_PROJECT"] as string;
  const config = configOf({
    project,
    region: env["GOOGLE_CLOUD_LOCATION"] as string,
    prefix,
    group: NO_GROUP,
  });
  return `/projects/${project}/roles/${namesOf(config).loaderRole}`;
};

const roleBlocked: Assumption = {
  id: "deleted-role-blocks-its-name",
  product,
  statement: "A deleted custom role keeps its id taken: it is still there, marked as deleted.",
  source: "https://cloud.google.com/iam/docs/reference/rest/v1/projects.roles/delete",
  onlyGoogle: NO_IAM,
  when: "after",
  async check({ deployment }) {
    const { status, body } = await deployment.api.call("iam", { path: rolePath(deployment) });
    const { deleted = false } = (body ?? {}) as { deleted?: boolean };
    return heldIf(
      status === 200 && deleted,
      `its description answered ${status}, deleted: ${String(deleted)}`,
    );
  },
};

export const IAM: readonly Assumption[] = [propagation, loaderRole, roleBlocked];
