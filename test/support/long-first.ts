/** The order of test files: the longest first and the unit tests last, so that no long one runs alone at the end. */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * The files that take 15 seconds or more on two busy cores, the longest first. In a fresh clone vitest knows no durations and goes by
 * the size of the files, which says nothing: the simulation is a file of few lines. A name that is missing here, or no file's, costs
 * seconds at most.
 */
const LONGEST = [
  "integration/infra/acceptance",
  "integration/outages",
  "integration/mutations",
  "simulation/seeds-1",
  "simulation/seeds-2",
  "simulation/seeds-fresh",
  "integration/dead-letters/deadly-message",
  "simulation/clocks",
  "integration/rollup/live",
  "integration/dead-letters/command",
  "integration/bigquery-bq",
  "integration/crashes",
  "integration/pipeline",
  "integration/batcher-memory",
  "integration/demo/demo",
  "integration/loader/refused-jobs",
  "integration/infra/deploy",
  "simulation/planted-bugs",
  "integration/report/report",
  "integration/questions/questions",
  "integration/prove/keys",
  "integration/cost/model",
  "integration/forget/forget",
  "simulation/pipeline-crash",
  "integration/infra/deployed",
  "integration/storage-clis",
  "integration/silence",
  "integration/cli/control-characters",
  "integration/replay/replay",
  "integration/infra/deploy-destroy",
  "integration/chainguard-types",
  "integration/views/pull-definition",
  "integration/graceful-stop",
  "integration/schema/new-type",
  "integration/trace/ends",
  "integration/distribution/own-formats",
  "integration/cli/command",
  "integration/replay/killed",
  "integration/full-disk",
  "integration/questions/bounds",
  "integration/prove/prove",
  "integration/name-resolution",
  "integration/forget/live",
  "integration/doctor/doctor",
  "integration/doctor/nothing-there",
  "integration/clock-skew",
  "integration/rollup/any-days",
  "integration/forget/beside",
  "integration/trace/live",
  "integration/import/import",
  "integration/pubsub-google-emulator",
  "integration/doctor/rollups",
  "integration/receiver/issuer-keys",
  "integration/infra/deploy-state",
  "integration/schema/field-order",
];

export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const place = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  if (place >= 0) return place;
  return LONGEST.length + (moduleId.includes("/test/unit/") ? 1 : 0);
}
