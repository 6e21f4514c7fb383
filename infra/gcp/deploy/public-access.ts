/** Two policies of an organisation, each of which closes one way to open the receiver. */
import { z } from "zod";
import type { DeployConfig } from "../config.ts";
import type { Tools } from "./tools.ts";

type Way = DeployConfig["publicAccess"];

/**
 * New organisations have the first from their beginning
 * (https://cloud.google.com/resource-manager/docs/secure-by-default-organizations).
 */
const CLOSED_BY: Readonly<Record<Way, string>> = {
  "all-users": "iam.allowedPolicyMemberDomains",
  "no-invoker-check": "run.managed.requireInvokerIam",
};

/** https://cloud.google.com/resource-manager/docs/reference/orgpolicy/rest/v2/projects.policies#PolicySpec */
const policy = z.object({
  spec: z.object({
    rules: z
      .array(
        z.object({
          denyAll: z.boolean().optional(),
          enforce: z.boolean().optional(),
          values: z.object({ allowedValues: z.array(z.string()).optional() }).optional(),
        }),
      )
      .optional(),
  }),
});

/** @returns which way to take where the chosen one is closed; `undefined` where it is open, or no policy can be read */
export async function adviceOnPublicAccess(
  { project, publicAccess }: DeployConfig,
  tools: Tools,
): Promise<string | undefined> {
  if (!(await isClosed(publicAccess, project, tools))) return undefined;
  const other = publicAccess === "all-users" ? "no-invoker-check" : "all-users";
  const problem = `the organisation's policy ${CLOSED_BY[publicAccess]} forbids "publicAccess": "${publicAccess}"`;
  return (await isClosed(other, project, tools))
    ? `${problem}, and ${CLOSED_BY[other]} forbids "${other}": ask its administrators to exempt ${project} from one of them`
    : `${problem}: set "publicAccess": "${other}" in pullhouse.config.json`;
}

/** A policy that cannot be read closes nothing here: Terraform then says what it may not do. */
async function isClosed(way: Way, project: string, { ask }: Tools): Promise<boolean> {
  const text = await ask(
    "gcloud",
    "org-policies",
    "describe",
    CLOSED_BY[way],
    "--effective",
    `--project=${project}`,
    "--format=json",
    "--quiet",
  );
  if (!text) return false;
  const { rules = [] } = policy.parse(JSON.parse(text)).spec;
  return rules.some(
    ({ denyAll, enforce, values }) =>
      denyAll === true || enforce === true || values?.allowedValues !== undefined,
  );
}
