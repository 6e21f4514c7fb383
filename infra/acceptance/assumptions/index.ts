/** Everything that Pullhouse takes for granted of Google Cloud and that documentation left open. */
import type { Assumption } from "../assumption.ts";
import { BIGQUERY } from "./bigquery.ts";
import { IAM } from "./iam.ts";
import { MONEY } from "./money.ts";
import { MONITORING } from "./monitoring.ts";
import { PUBSUB } from "./pubsub.ts";
import { CLOUD_RUN } from "./run.ts";
import { STORAGE } from "./storage.ts";
import { TASKS } from "./tasks.ts";

export const ASSUMPTIONS: readonly Assumption[] = [
  ...BIGQUERY,
  ...CLOUD_RUN,
  ...PUBSUB,
  ...TASKS,
  ...STORAGE,
  ...IAM,
  ...MONITORING,
  ...MONEY,
];
