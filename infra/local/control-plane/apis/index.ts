/** Every method that is answered, by Discovery's id. */
import type { Handlers } from "../call.ts";
import { ARTIFACT_REGISTRY } from "./artifact-registry.ts";
import { BIGQUERY } from "./bigquery.ts";
import { IAM } from "./iam.ts";
import { OBSERVABILITY } from "./observability.ts";
import { PUBSUB } from "./pubsub.ts";
import { RESOURCE_MANAGER } from "./resource-manager.ts";
import { RUN } from "./run.ts";
import { SECRET_MANAGER } from "./secrets.ts";
import { SERVICE_USAGE } from "./service-usage.ts";
import { STORAGE } from "./storage.ts";
import { STORAGE_TRANSFER } from "./storage-transfer.ts";
import { TASKS } from "./tasks.ts";

export const HANDLERS: Handlers = {
  ...ARTIFACT_REGISTRY,
  ...BIGQUERY,
  ...IAM,
  ...OBSERVABILITY,
  ...PUBSUB,
  ...RESOURCE_MANAGER,
  ...RUN,
  ...SECRET_MANAGER,
  ...SERVICE_USAGE,
  ...STORAGE,
  ...STORAGE_TRANSFER,
  ...TASKS,
};
