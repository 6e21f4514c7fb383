/** What commands need that write rows as the services do: their ports, with the operator's own rights. */

import type { PlanPorts } from "#services/loader/plan.ts";
import { systemClock } from "#services/shared/clock.ts";
import { EnvReader, readSchemasFolder } from "#services/shared/config.ts";
import { createWarehouse } from "#services/shared/gcp/bigquery.ts";
import type { Listing } from "#services/shared/gcp/listing.ts";
import { createQuestioner, type Questioner } from "#services/shared/gcp/query.ts";
import { createNewId } from "#services/shared/ids.ts";
import { createLog } from "#services/shared/log.ts";
import { loadRollups, type Rollups } from "#services/shared/rollup/rollups.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { readStagingDataset } from "#services/shared/staging-dataset.ts";
import { openBucketPorts } from "../dead-letters/files.ts";
import { bucketPlace, warehousePlace } from "../place.ts";
import type { Terminal } from "../terminal.ts";

export interface PlaceOptions {
  readonly project?: string;
  readonly dataset?: string;
  readonly bucket?: string;
}

export interface Workshop extends PlanPorts {
  readonly list: Listing;
  readonly questioner: Questioner;
  /** Of the schemas' folder, read when they are needed. @throws PipelineError SCHEMA_INVALID */
  readonly rollups: () => Rollups;
}

const REQUEST_TIMEOUT_MS = 60_000;
/** A person waits; what takes longer is taken up by the next call, or by the loader. */
const JOB_TIMEOUT_MS = 30 * 60_000;

/** @throws PipelineError CONFIG_INVALID, SCHEMA_INVALID */
export function openWorkshop(terminal: Terminal, options: PlaceOptions): Workshop {
  const bucket = { ...bucketPlace(terminal.env, options), requestTimeoutMs: REQUEST_TIMEOUT_MS };
  const reader = new EnvReader(terminal.env);
  const folder = readSchemasFolder(reader);
  const place = warehousePlace(terminal.env, options);
  const stagingDataset = readStagingDataset(reader, place.dataset);
  reader.done();
  const registry = loadRegistry(folder);
  return {
    ...openBucketPorts(bucket),
    questioner: createQuestioner(place),
    warehouse: createWarehouse({
      ...place,
      stagingDataset,
      bucket: bucket.bucket,
      clock: systemClock,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      jobTimeoutMs: JOB_TIMEOUT_MS,
    }),
    clock: systemClock,
    newId: createNewId(),
    registry,
    rollups: () => loadRollups(registry, folder),
    // Of the loader's own lines only what went wrong is of interest here; the command says the rest.
    log: createLog("pullhouse", "ERROR", { write: terminal.error }),
  };
}
