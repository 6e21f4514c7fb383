/** Names that cannot be used, because something has them or had them lately. */

import { datasetName, tableName } from "../apis/bigquery.ts";
import { bucketName } from "../apis/storage.ts";
import { type Call, projectOf, type Rule } from "../call.ts";
import { fullName, namedIn } from "../collection.ts";
import { textAt } from "../json.ts";
import { rule } from "./rule.ts";

const isBlocked = ({ world }: Call, name: string) => (world.state.blocked.get(name) ?? 0) > world.nowMs();

const has = ({ world }: Call, name: string) => world.state.resources.has(name);

export const TAKEN_NAME_RULES: readonly Rule[] = [
  rule({
    id: "name-of-deleted-queue",
    source: "https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues/delete",
    methods: ["cloudtasks.projects.locations.queues.create"],
    code: "FAILED_PRECONDITION",
    message: (call) =>
      isBlocked(call, fullName(call, textAt(call.body, "name")))
        ? "The queue cannot be created because a queue with this name existed too recently."
        : undefined,
  }),
  rule({
    id: "name-of-deleted-role",
    source: "https://cloud.google.com/iam/docs/creating-custom-roles#deleting-custom-role",
    methods: ["iam.projects.roles.create"],
    code: "FAILED_PRECONDITION",
    message: (call) => {
      const roleId = textAt(call.body, "roleId");
      const name = `projects/${projectOf(namedIn(call)) ?? ""}/roles/${roleId}`;
      return isBlocked(call, fullName(call, name))
        ? `You can't create a role with role_id (${roleId}) where there is an existing role with that role_id in a deleted state.`
        : undefined;
    },
  }),
  rule({
    id: "name-of-existing-bucket",
    source: "https://cloud.google.com/storage/docs/json_api/v1/status-codes#409-conflict",
    methods: ["storage.buckets.insert"],
    code: "ALREADY_EXISTS",
    message: (call) =>
      has(call, bucketName(textAt(call.body, "name")))
        ? "Your previous request to create the named bucket succeeded and you already own it."
        : undefined,
  }),
  rule({
    id: "name-of-existing-dataset",
    source: "https://cloud.google.com/bigquery/docs/error-messages#duplicate",
    methods: ["bigquery.datasets.insert"],
    code: "ALREADY_EXISTS",
    reason: "duplicate",
    message: (call) => {
      const [project, dataset] = [
        call.params["projectId"] ?? "",
        textAt(call.body, "datasetReference.datasetId"),
      ];
      const isThere = has(call, datasetName(project, dataset));
      return isThere ? `Already Exists: Dataset ${project}:${dataset}` : undefined;
    },
  }),
  rule({
    id: "name-of-existing-table",
    source: "https://cloud.google.com/bigquery/docs/error-messages#duplicate",
    methods: ["bigquery.tables.insert"],
    code: "ALREADY_EXISTS",
    reason: "duplicate",
    message: (call) => {
      const { projectId = "", datasetId = "" } = call.params;
      const table = textAt(call.body, "tableReference.tableId");
      const isThere = has(call, tableName(projectId, datasetId, table));
      return isThere ? `Already Exists: Table ${projectId}:${datasetId}.${table}` : undefined;
    },
  }),
];
