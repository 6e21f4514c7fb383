/** Every name in the project, from one prefix. */
import type { DeployConfig } from "./config.ts";

export const SERVICES = ["receiver", "batcher", "loader"] as const;
export type ServiceName = (typeof SERVICES)[number];

/** Who acts: one account per service, one that alarms call as, one that builds the image. */
export const ACCOUNTS = [...SERVICES, "alarms", "build"] as const;
export type AccountName = (typeof ACCOUNTS)[number];

export interface Names {
  readonly topic: string;
  readonly subscription: string;
  readonly deadLetters: string;
  /** Bucket names are the world's, so the project's id is in front. */
  readonly bucket: string;
  readonly archive: string;
  readonly repository: string;
  readonly queues: { readonly drain: string; readonly load: string };
  /** Of a custom role, which takes no hyphen, and is blocked for weeks once it was deleted, as a queue's is for days. */
  readonly loaderRole: string;
  account(name: AccountName): string;
  service(name: ServiceName): string;
  secret(variable: string): string;
  metric(name: string): string;
}

export function namesOf({ prefix, project, queueSuffix }: DeployConfig): Names {
  const replaceable = (name: string) => [prefix, name, queueSuffix].filter(Boolean).join("-");
  return {
    topic: `${prefix}-events`,
    subscription: `${prefix}-events-batcher`,
    deadLetters: `${prefix}-events-dead-letters`,
    bucket: `${project.replaceAll(/[.:]/g, "-")}-${prefix}`,
    archive: `${project.replaceAll(/[.:]/g, "-")}-${prefix}-archive`,
    repository: prefix,
    queues: { drain: replaceable("drain"), load: replaceable("load") },
    loaderRole: replaceable("loader").replaceAll("-", "_"),
    account: (name) => `${prefix}-${name}`,
    service: (name) => `${prefix}-${name}`,
    secret: (variable) => `${prefix}-${variable.toLowerCase().replaceAll("_", "-")}`,
    metric: (name) => `${prefix}/${name}`,
  };
}
