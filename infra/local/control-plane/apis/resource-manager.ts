/** Resource Manager and Cloud Billing: a project, its policy, its billing account. */
import { type Call, type Handlers, projectNumber } from "../call.ts";
import { type Json, recordAt } from "../json.ts";
import { policyOf, setPolicy } from "../policy.ts";
import { byProjectId } from "../projects.ts";

const nameOf = (project: string) => `//cloudresourcemanager.googleapis.com/projects/${project}`;

/** Id of the project of a path that may have its number. */
function idIn({ params, world }: Call): string {
  const given = params["projectId"] ?? params["resource"] ?? params["name"]?.replace("projects/", "") ?? "";
  return byProjectId(world, `projects/${given}`).replace("projects/", "");
}

function project(call: Call): Json {
  const id = idIn(call);
  return {
    projectId: id,
    projectNumber: projectNumber(id),
    lifecycleState: "ACTIVE",
    name: id,
    createTime: "2026-01-01T00:00:00Z",
  };
}

export const RESOURCE_MANAGER: Handlers = {
  "cloudresourcemanager.projects.get": project,
  "cloudresourcemanager.projects.getIamPolicy": (call) => policyOf(call.world, nameOf(idIn(call))),
  "cloudresourcemanager.projects.setIamPolicy": (call) =>
    setPolicy(call.world, nameOf(idIn(call)), recordAt(call.body, "policy")),
  "cloudbilling.projects.getBillingInfo": (call) => ({
    name: `projects/${idIn(call)}/billingInfo`,
    projectId: idIn(call),
    billingAccountName: "billingAccounts/000000-000000-000000",
    billingEnabled: true,
  }),
};
