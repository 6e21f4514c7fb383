/** Policies of an organisation that close one way or the other to open the receiver. */
import { z } from "zod";
import type { DeployConfig } from "../config.ts";
import type { Tools } from "./tools.ts";

type Way = DeployConfig["publicAccess"];

/**
 * Domain-restricted sharing has two forms; new organisations have one of them from their beginning
 * (https://cloud.google.com/resource-manager/docs/organization-policy/domain-restricted-sharing,
 * https://cloud.google.com/resource-manager/docs/secure-by-default-organizations).
 */
const CLOSED_BY: Readonly<Record<Way, readonly string[]>> = {
  "all-users": ["iam.allowedPolicyMemberDomains", "iam.managed.allowedPolicyMembers"],
  "no-invoker-check": ["run.managed.requireInvokerIam"],
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
          parameters: z.record(z.string(), z.unknown()).optional(),
        }),
      )
      .optional(),
  }),
});

/** @returns which way to take where the chosen one is closed; `undefined` where it is open, or no policy can be read */
export async function adviceOnPublicAccess(
  { project, publicAccess }: Pick<DeployConfig, "project" | "publicAccess">,
  tools: Pick<Tools, "ask">,
): Promise<string | undefined> {
  const policy = await closing(publicAccess, project, tools);
  if (policy === undefined) return undefined;
  const other = publicAccess === "all-users" ? "no-invoker-check" : "all-users";
  const problem = `the organisation's policy ${policy} forbids "publicAccess": "${publicAccess}"`;
  const second = await closing(other, project, tools);
  return second === undefined
    ? `${problem}: set "publicAccess": "${other}" in pullhouse.config.json`
    : `${problem}, and ${second} forbids "${other}": ask its administrators to exempt ${project} from one of them`;
}

async function closing(way: Way, project: string, tools: Pick<Tools, "ask">): Promise<string | undefined> {
  for (const policy of CLOSED_BY[way]) if (await isClosed(policy, project, tools)) return policy;
  return undefined;
}

/** A policy that cannot be read closes nothing here: Terraform then says what it may not do. */
async function isClosed(name: string, project: string, { ask }: Pick<Tools, "ask">): Promise<boolean> {
  const text = await ask(
    "gcloud",
    "org-policies",
    "describe",
    name,
    "--effective",
    `--project=${project}`,
    "--format=json",
    "--quiet",
  );
  if (!text) return false;
  const { rules = [] } = policy.parse(JSON.parse(text)).spec;
  return rules.some(
    ({ denyAll, enforce, values, parameters }) =>
      denyAll === true ||
      (enforce === true && !letsAllUsersIn(parameters)) ||
      values?.allowedValues !== undefined,
  );
}

/** `allowedMemberSubjects` of iam.managed.allowedPolicyMembers may name allUsers itself. */
function letsAllUsersIn(parameters: Readonly<Record<string, unknown>> | undefined): boolean {
  return JSON.stringify(parameters ?? {}).includes('"allUsers"');
}
