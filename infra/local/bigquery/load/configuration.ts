/** JobConfigurationLoad: read, with a refusal of what is not there locally. */
import { invalid, unsupported } from "../errors.ts";
import { checkFields, type Field } from "../schema/fields.ts";
import type { Resource, TableName } from "../store/open.ts";
import { readTableName } from "../table-name.ts";

export interface LoadConfiguration {
  readonly sourceUris: readonly string[];
  readonly destination: TableName;
  readonly fields: readonly Field[] | undefined;
  readonly writeDisposition: "WRITE_APPEND" | "WRITE_EMPTY" | "WRITE_TRUNCATE";
  readonly createIfNeeded: boolean;
  readonly allowAddition: boolean;
  readonly allowRelaxation: boolean;
  readonly ignoreUnknownValues: boolean;
  readonly maxBadRecords: number;
  /** Table properties for a table that the job creates. */
  readonly tableProperties: Resource;
}

const WRITE = ["WRITE_APPEND", "WRITE_EMPTY", "WRITE_TRUNCATE"] as const;
const URIS_MAX = 10_000;
const PASSED_ON = ["timePartitioning", "rangePartitioning", "clustering"];

/** @throws BigQueryError `invalid` */
export function readLoadConfiguration(load: Resource): LoadConfiguration {
  const format = load["sourceFormat"] ?? "CSV";
  if (format !== "NEWLINE_DELIMITED_JSON") throw unsupported(`sourceFormat ${JSON.stringify(format)}`);
  const uris = load["sourceUris"] ?? [];
  if (!Array.isArray(uris) || uris.length > URIS_MAX) throw invalid("sourceUris must be at most 10000 URIs");
  const write = load["writeDisposition"] ?? "WRITE_APPEND";
  const writeDisposition = WRITE.find((each) => each === write);
  if (writeDisposition === undefined) throw unsupported(`writeDisposition ${JSON.stringify(write)}`);
  const create = load["createDisposition"] ?? "CREATE_IF_NEEDED";
  if (create !== "CREATE_IF_NEEDED" && create !== "CREATE_NEVER") {
    throw invalid(`Invalid value for createDisposition: ${JSON.stringify(create)}`);
  }
  for (const option of [
    "autodetect",
    "timeZone",
    "jsonExtension",
    "fileSetSpecType",
    "hivePartitioningOptions",
  ]) {
    if (load[option] != null && load[option] !== false) throw unsupported(`The load option ${option}`);
  }
  const updates = (load["schemaUpdateOptions"] ?? []) as readonly string[];
  if (updates.length > 0 && writeDisposition !== "WRITE_APPEND") {
    throw invalid("Schema update options should only be specified with WRITE_APPEND disposition");
  }
  const maxBadRecords = Number(load["maxBadRecords"] ?? 0);
  if (!Number.isInteger(maxBadRecords) || maxBadRecords < 0) throw invalid("Invalid value for maxBadRecords");
  const schema = load["schema"] as { fields?: unknown } | undefined;
  return {
    sourceUris: uris.map(String),
    destination: readTableName(load["destinationTable"]),
    fields: schema?.fields === undefined ? undefined : checkFields(schema.fields),
    writeDisposition,
    createIfNeeded: create === "CREATE_IF_NEEDED",
    allowAddition: updates.includes("ALLOW_FIELD_ADDITION"),
    allowRelaxation: updates.includes("ALLOW_FIELD_RELAXATION"),
    ignoreUnknownValues: load["ignoreUnknownValues"] === true,
    maxBadRecords,
    tableProperties: Object.fromEntries(
      PASSED_ON.filter((key) => key in load).map((key) => [key, load[key]]),
    ),
  };
}
