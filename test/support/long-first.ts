/** The order of test files: the longest first and the unit tests last, so that no long one runs alone at the end. */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * The files that take longest, longest first. In a fresh clone vitest knows no durations and goes by the size of the
 * files, which says nothing: the simulation is a file of few lines. A name that is missing here, or no file's, costs seconds at most.
 */
const LONGEST = [
  "integration/mutations",
  "integration/outages",
  "integration/clock-skew",
  "simulation/seeds-1",
  "simulation/seeds-2",
  "integration/batcher-memory",
  "integration/dead-letters/command",
  "integration/pipeline",
  "integration/prove/prove",
  "integration/replay/replay",
  "integration/demo/demo",
  "integration/dead-letters/deadly-message",
  "integration/replay/killed",
  "integration/report/report",
  "integration/chainguard-types",
  "integration/storage-clis",
  "integration/graceful-stop",
  "integration/bigquery-bq",
  "integration/cost/model",
  "integration/schema/new-type",
  "integration/distribution/own-formats",
  "integration/crashes",
  "unit/pipeline-crash",
  "integration/full-disk",
  "integration/trace/live",
  "integration/trace/ends",
  "integration/nats-bridge/jetstream",
  "integration/doctor/doctor",
  "integration/infra/deployed",
  "integration/import/import",
  "integration/bigquery-structs",
  "integration/name-resolution",
  "integration/forget/forget",
  "simulation/planted-bugs",
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
