/** The module of infra/terraform, from the constructs that `make deploy` uses: all its files but the examples. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, TerraformStack } from "cdktf";
import type { TableSpec } from "../../../services/shared/ports.ts";
import { ALWAYS_FROM, SMALL_FROM } from "../../../services/shared/receiver-shape.ts";
import type { View } from "../../../services/shared/schema/views.ts";
import type { DeployConfig } from "../config.ts";
import { createPipeline } from "../stack.ts";
import { expression, expressionsIn } from "./expressions.ts";
import { addressInModule, movedText } from "./moves.ts";
import { outputsOf } from "./outputs.ts";
import { readmeOf } from "./readme.ts";
import { tableSets, tablesFile } from "./tables.ts";
import { type Variable, variablesOf } from "./variables.ts";

const NAME = "module";
/** Validations name other variables since 1.9 (https://developer.hashicorp.com/terraform/language/v1.9.x/upgrade-guides). */
const TERRAFORM = ">= 1.9";
const GOOGLE = ">= 6.50, < 8";

type Json = Record<string, unknown>;
type ByType = Record<string, Record<string, Json>>;

/**
 * @param projects types of resources that can be of another project than their provider's
 * @param addresses of what `make deploy` makes
 */
export function moduleFiles(
  specs: readonly TableSpec[],
  views: readonly View[],
  projects: ReadonlySet<string>,
  addresses: readonly string[],
): ReadonlyMap<string, string> {
  const tables = tablesFile(specs, views);
  const { resource, data, variable, output } = synthesized(tables.views.length);
  const image = imageVariable(variable["image"] ?? {});
  const variables = [...variablesOf(), image];
  const main = {
    terraform: {
      required_version: TERRAFORM,
      required_providers: { google: { source: "hashicorp/google", version: GOOGLE } },
    },
    locals: LOCALS,
    data: withoutComments(data),
    resource: withProject(withoutComments(resource) as ByType, projects),
    output: withoutComments(output),
  };
  const moves = addresses.flatMap((from): (readonly [string, string])[] => {
    const to = addressInModule(from, main.resource, tables.views);
    return to === undefined ? [] : [[from, to]];
  });
  return new Map([
    ["examples/from-make-deploy/moved.tf", `${HEADER}\n${movedText(moves, "pullhouse")}`],
    ["main.tf.json", `${JSON.stringify(main, null, 2)}\n`],
    ["tables.json", `${JSON.stringify(tables, null, 1)}\n`],
    ["variables.tf", `${HEADER}\n${variables.map(variableText).join("\n")}`],
    ["README.md", readmeOf(variables, Object.entries(output as ByType[string]), { TERRAFORM, GOOGLE })],
  ]);
}

const HEADER = "# Written by `make module` from infra/gcp; change it there.\n";

const LOCALS = {
  dataset: '${coalesce(var.dataset, replace(var.prefix, "-", "_"))}',
  dataset_location: "${coalesce(var.dataset_location, var.region)}",
  receiver_regions: "${distinct(coalesce(var.receiver_regions, [var.region]))}",
  receiver_shape: `\${var.events_per_day == null ? "shared" : var.events_per_day < ${SMALL_FROM} ? "shared" : var.events_per_day < ${ALWAYS_FROM} ? "small" : "always"}`,
  place: "${var.project}.${local.dataset}",
  tables: '${jsondecode(file("${path.module}/tables.json")).tables}',
  views: '${jsondecode(file("${path.module}/tables.json")).views}',
};

function synthesized(levels: number): {
  resource: ByType;
  data: ByType;
  variable: Record<string, Json>;
  output: Json;
} {
  const folder = mkdtempSync(join(tmpdir(), "pullhouse-module-"));
  try {
    // There is no provider block: a module has the provider of who calls it.
    const app = new App({ outdir: folder, skipValidation: true });
    const stack = new TerraformStack(app, NAME);
    const { context } = createPipeline(stack, SETTINGS, expressionsIn(stack), tableSets(levels));
    outputsOf(context, variable("image"));
    app.synth();
    return JSON.parse(readFileSync(join(folder, "stacks", NAME, "cdk.tf.json"), "utf8")) as never;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as expression
const variable = <T>(name: string): T => expression<T>(`var.${name}`);

/** Every setting as the variable of its name. */
const SETTINGS: DeployConfig = {
  project: variable("project"),
  region: variable("region"),
  receiverRegions: expression("local.receiver_regions"),
  datasetLocation: expression("local.dataset_location"),
  dataset: expression("local.dataset"),
  prefix: variable("prefix"),
  queueSuffix: variable("queue_suffix"),
  labels: variable("labels"),
  chainguard: { groups: variable("chainguard_groups"), subscribe: false },
  secrets: variable("secrets"),
  secretLocations: variable("secret_locations"),
  settings: {
    all: variable("settings.all"),
    receiver: variable("settings.receiver"),
    batcher: variable("settings.batcher"),
    loader: variable("settings.loader"),
  },
  windowSeconds: variable("window_seconds"),
  ingress: expression('coalesce(var.ingress, "all")'),
  publicAccess: variable("public_access"),
  maxReceivers: variable("max_receivers"),
  receiverShape: expression("local.receiver_shape"),
  retention: {
    events: {
      nearlineAfterDays: variable("retention.events.nearline_after_days"),
      coldlineAfterDays: variable("retention.events.coldline_after_days"),
      archiveAfterDays: variable("retention.events.archive_after_days"),
      deleteAfterDays: variable("retention.events.delete_after_days"),
    },
    quarantineDeleteAfterDays: variable("retention.quarantine_delete_after_days"),
    deadLettersDeleteAfterDays: variable("retention.dead_letters_delete_after_days"),
    rowsDeleteAfterDays: variable("retention.rows_delete_after_days"),
    softDeleteDays: variable("retention.soft_delete_days"),
    lockedArchiveDays: variable("retention.locked_archive_days"),
  },
  encryptionKey: variable("encryption_key"),
  deletionProtection: variable("deletion_protection"),
  alerts: expression('(var.alerts == "true" ? "logs" : var.alerts)'),
  notificationChannels: variable("notification_channels"),
};

/** A caller's provider may be for another project. */
function withProject(resource: ByType, projects: ReadonlySet<string>): ByType {
  for (const [type, byName] of Object.entries(resource))
    if (projects.has(type))
      for (const body of Object.values(byName)) body["project"] ??= variable<string>("project");
  return resource;
}

/** CDKTF's notes on paths of constructs. */
function withoutComments(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutComments);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => key !== "//");
  return Object.fromEntries(kept.map(([key, one]) => [key, withoutComments(one)]));
}

/** As images.ts declares it. */
function imageVariable({ description, validation }: Json): Variable {
  const validations = validation as readonly { condition: string; error_message: string }[];
  return {
    name: "image",
    type: "string",
    description: String(description),
    validations: validations.map(({ condition, error_message: says }) => ({
      condition: condition.replace(/^\$\{(.*)\}$/s, "$1"),
      says,
    })),
  };
}

function variableText({ name, type, description, default: fallback, validations }: Variable): string {
  const lines = [
    `variable "${name}" {`,
    `  description = ${JSON.stringify(description)}`,
    `  type        = ${type}`,
    ...(fallback === undefined ? [] : [`  default     = ${fallback}`]),
    `  nullable    = ${fallback === "null"}`,
  ];
  const rules = validations.flatMap(({ condition, says }) => [
    "",
    "  validation {",
    `    condition     = ${condition}`,
    `    error_message = ${JSON.stringify(says)}`,
    "  }",
  ]);
  return [...lines, ...rules, "}", ""].join("\n");
}
