/** BigQuery. */
import { PROJECT } from "../control-plane.ts";
import { bigquery, columns, dataset, table } from "../control-plane-requests.ts";
import type { Scenario } from "./scenario.ts";

export const BIGQUERY: readonly Scenario[] = [
  {
    rule: "dataset-not-empty",
    given: [dataset("events"), table("loads", columns("id"))],
    wrong: ["DELETE", bigquery("datasets/events")],
    right: ["DELETE", bigquery("datasets/events?deleteContents=true")],
  },
  {
    rule: "location-of-dataset-is-fixed",
    given: [dataset("events")],
    wrong: ["PATCH", bigquery("datasets/events"), { location: "EU" }],
    right: ["PATCH", bigquery("datasets/events"), { location: "us-central1" }],
  },
  {
    rule: "default-table-expiration",
    wrong: dataset("staging", { defaultTableExpirationMs: "60000" }),
    right: dataset("staging", { defaultTableExpirationMs: "3600000" }),
  },
  {
    rule: "view-of-missing-table",
    given: [dataset("events")],
    wrong: table("pulls", {
      view: { query: `SELECT * FROM \`${PROJECT}.events.loads\``, useLegacySql: false },
    }),
    mend: [table("loads", columns("id"))],
  },
  {
    rule: "columns-stay",
    given: [dataset("events"), table("loads", columns("id", "time"))],
    wrong: ["PATCH", bigquery("datasets/events/tables/loads"), columns("id")],
    right: ["PATCH", bigquery("datasets/events/tables/loads"), columns("id", "time", "type")],
  },
  {
    rule: "partition-and-clustering-columns",
    given: [dataset("events")],
    wrong: table("loads", { ...columns("id"), timePartitioning: { type: "DAY", field: "time" } }),
    right: table("loads", { ...columns("id", "time"), timePartitioning: { type: "DAY", field: "time" } }),
  },
  {
    rule: "stale-dataset-or-table",
    given: [dataset("events")],
    wrong: ["PATCH", bigquery("datasets/events"), { description: "events" }, { "if-match": "ACAB" }],
    right: ["PATCH", bigquery("datasets/events"), { description: "events" }, { "if-match": "*" }],
  },
];
