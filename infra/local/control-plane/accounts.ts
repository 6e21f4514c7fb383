/** Service accounts and Google's service agents, as IAM knows them. */
import { projectNumber, type World } from "./call.ts";
import { appear, disappear, isVisible } from "./visibility.ts";

export const accountName = (project: string, email: string) =>
  `//iam.googleapis.com/projects/${project}/serviceAccounts/${email}`;

/** `name@project.iam…`, and `name@project.example.com.iam…` in the project `example.com:project`. */
export function accountEmail(project: string, accountId: string): string {
  const [domain, id] = project.includes(":") ? project.split(":") : [undefined, project];
  return `${accountId}@${id}${domain === undefined ? "" : `.${domain}`}.iam.gserviceaccount.com`;
}

/** https://cloud.google.com/iam/docs/service-agents */
export const AGENTS = {
  pubsub: (project: string) => `service-${projectNumber(project)}@gcp-sa-pubsub.iam.gserviceaccount.com`,
  storageTransfer: (project: string) =>
    `project-${projectNumber(project)}@storage-transfer-service.iam.gserviceaccount.com`,
} as const;

export function createAgent(world: World, email: string): void {
  world.state.resources.set(`//iam.googleapis.com/agents/${email}`, { email });
}

export function noteAccount(world: World, email: string): void {
  appear(world, "serviceAccounts", email);
}

export function forgetAccount(world: World, email: string): void {
  disappear(world, "serviceAccounts", email);
}

/** Whether a service account or an agent is there, and can be seen. */
export function isKnownAccount(world: World, email: string): boolean {
  return (
    world.state.resources.has(`//iam.googleapis.com/agents/${email}`) ||
    isVisible(world, "serviceAccounts", email)
  );
}
