/** For each rule of the control plane one scenario. */
import { BIGQUERY } from "./bigquery.ts";
import { NAMES, TAKEN } from "./names.ts";
import { MONITORING, OTHERS } from "./others.ts";
import { POLICIES } from "./policies.ts";
import { RUN } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { PUBSUB, STORAGE } from "./storage.ts";

export const SCENARIOS: readonly Scenario[] = [
  ...NAMES,
  ...TAKEN,
  ...POLICIES,
  ...STORAGE,
  ...PUBSUB,
  ...BIGQUERY,
  ...RUN,
  ...MONITORING,
  ...OTHERS,
];
