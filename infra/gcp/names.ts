/** Every name in the project, from one prefix. */
import { deadLettersBucketOf } from "../../services/shared/objects.ts";
import type { DeployConfig } from "./config.ts";
import { type Terms, values } from "./terms.ts";

export const SERVICES = ["receiver", "batcher", "loader"] as const;
export type ServiceName = (typeof SERVICES)[number];

/** Who acts: one account per service, one that alarms call as, one that builds the image. */
export const ACCOUNTS = [...SERVICES, "alarms", "build"] as const;
export type AccountName = (typeof ACCOUNTS)[number];

/** A queue for each round that may wait for no other. */
export type Queue = "drain" | "load" | "rollup";

export interface Names {
  readonly topic: string;
  readonly subscription: string;
  readonly deadLetters: string;
  /** Bucket names are the world's, so the project's id is in front. */
  readonly bucket: string;
  readonly archive: string;
  readonly deadLettersBucket: string;
  readonly repository: string;
  readonly queues: Readonly<Record<Queue, string>>;
  /** Of a custom role, which takes no hyphen, and is blocked for weeks once it was deleted, as a queue's is for days. */
  readonly loaderRole: string;
  account(name: AccountName): string;
  service(name: ServiceName): string;
  secret(variable: string): string;
  metric(name: string): string;
}

export function namesOf({ prefix, project, queueSuffix }: DeployConfig, terms: Terms = values): Names {
  const replaceable = (name: string) => terms.joined([prefix, name, queueSuffix]);
  const bucket = `${project}-${prefix}`;
  return {
    topic: `${prefix}-events`,
    subscription: `${prefix}-events-batcher`,
    deadLetters: `${prefix}-events-dead-letters`,
    bucket,
    archive: `${bucket}-archive`,
    deadLettersBucket: deadLettersBucketOf(bucket),
    repository: prefix,
    queues: { drain: replaceable("drain"), load: replaceable("load"), rollup: replaceable("rollup") },
    loaderRole: terms.underscored(replaceable("loader")),
    account: (name) => `${prefix}-${name}`,
    service: (name) => `${prefix}-${name}`,
    secret: (variable) => `${prefix}-${terms.kebab(variable)}`,
    metric: (name) => `${prefix}/${name}`,
  };
}
