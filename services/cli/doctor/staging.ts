/** The dataset of the staging tables: without it nothing can be loaded. */
import { STAGING_LIFE_MS } from "#services/shared/staging-dataset.ts";
import { ageText } from "../age.ts";
import { missing } from "./advice.ts";
import type { Finding, Part } from "./check.ts";
import type { Exam } from "./exam.ts";

export function stagingPart(exam: Exam): Part {
  const what = `dataset ${exam.deployment.stagingDataset}`;
  return { what, look: async () => [await stagingFinding(exam, what)] };
}

async function stagingFinding({ staging, warehouse, deployment }: Exam, what: string): Promise<Finding> {
  const settings = await staging.settings();
  if (settings === undefined) {
    const advice = missing(deployment, "BIGQUERY_STAGING_DATASET");
    return { verdict: "broken", what, found: "there is no such dataset: nothing can be loaded", advice };
  }
  const { location, tableLifeMs } = settings;
  const events = (await warehouse.settings())?.location;
  if (events !== undefined && events !== location) {
    const found = `it is in ${location}, and ${deployment.dataset} in ${events}: no MERGE can read from it`;
    return { verdict: "broken", what, found, advice: "create it in the location of the events' dataset" };
  }
  const update = `bq update --default_table_expiration=${STAGING_LIFE_MS / 1000} ${deployment.project}:${deployment.stagingDataset}`;
  if (tableLifeMs === undefined) {
    const found = "its tables do not expire: what a crash leaves behind stays, and is paid";
    return { verdict: "look", what, found, advice: update };
  }
  const life = ageText(tableLifeMs);
  if (tableLifeMs < STAGING_LIFE_MS) {
    const found = `its tables expire after ${life}: a load that is held up for longer begins again`;
    return { verdict: "look", what, found, advice: update };
  }
  return { verdict: "ok", what, found: `in ${location}, its tables expire after ${life}` };
}
