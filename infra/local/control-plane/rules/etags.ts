/** Optimistic concurrency: a change of what has been changed since is refused. */
import { datasetName, tableName } from "../apis/bigquery.ts";
import { bucketName } from "../apis/storage.ts";
import type { Call, Rule } from "../call.ts";
import { fullName, namedIn } from "../collection.ts";
import { textAt } from "../json.ts";
import { METHODS } from "../methods.ts";
import { rule } from "./rule.ts";

const BIGQUERY = ["datasets.patch", "datasets.update", "tables.patch", "tables.update"].map(
  (id) => `bigquery.${id}`,
);
const BUCKET = ["storage.buckets.patch", "storage.buckets.update"];
/** Changes whose body may have an etag. */
const OTHERS = Object.values(METHODS)
  .flat()
  .filter((id) => /\.(patch|update)$/.test(id) && !BIGQUERY.includes(id) && !BUCKET.includes(id));

function bigQueryName({ params }: Call): string {
  const { projectId = "", datasetId = "", tableId } = params;
  return tableId === undefined ? datasetName(projectId, datasetId) : tableName(projectId, datasetId, tableId);
}

/** Whether an etag is given, and is another than that of the resource as it is. */
function isStale({ world }: Call, name: string, etag: string): boolean {
  const resource = world.state.resources.get(name);
  return etag !== "" && etag !== "*" && resource !== undefined && etag !== textAt(resource, "etag");
}

export const ETAG_RULES: readonly Rule[] = [
  rule({
    id: "stale-resource",
    source: "https://google.aip.dev/154",
    methods: OTHERS,
    code: "ABORTED",
    message: (call) =>
      isStale(call, fullName(call, namedIn(call)), textAt(call.body, "etag"))
        ? "The etag does not match the resource's present one"
        : undefined,
  }),
  rule({
    id: "stale-dataset-or-table",
    source: "https://cloud.google.com/bigquery/docs/updating-datasets",
    methods: BIGQUERY,
    code: "CONDITION_NOT_MET",
    message: (call) =>
      isStale(call, bigQueryName(call), call.headers["if-match"] ?? "")
        ? "Precondition check failed."
        : undefined,
  }),
  rule({
    id: "stale-bucket",
    source: "https://cloud.google.com/storage/docs/request-preconditions",
    methods: [...BUCKET, "storage.buckets.lockRetentionPolicy"],
    code: "CONDITION_NOT_MET",
    message: ({ world, params, query }) => {
      const bucket = world.state.resources.get(bucketName(params["bucket"] ?? ""));
      const expected = query["ifMetagenerationMatch"];
      return expected !== undefined && expected !== textAt(bucket, "metageneration")
        ? "At least one of the pre-conditions you specified did not hold."
        : undefined;
    },
  }),
];
