/** What runs where on one laptop: from the caller's variables to the parts that are ours to start. */
import { resolve } from "node:path";
import { EnvReader, readSchemasFolder } from "#services/shared/config.ts";
import { readStagingDataset } from "#services/shared/staging-dataset.ts";
import { LOCAL_HOST, LOCAL_PROJECT, pullhouseHome } from "./stand-in.ts";

/** The group whose events the local receiver takes; the one of Chainguard's published sample. */
export const LOCAL_GROUP = "45a0c61ea6fd977f050c5fb9ac06a69eed764595";

/** One process of the pipeline. */
export interface Part {
  readonly name: string;
  /** Stand-ins start first and stop last. */
  readonly kind: "stand-in" | "service";
  /** The module that Node runs, from the repository's root. */
  readonly entry: string;
  readonly port: number;
  /** The variable that moves the port. */
  readonly portVariable: string;
  /** What this part gets on top of the shared variables. */
  readonly variables: Readonly<Record<string, string>>;
}

/** A part that somebody else serves, because its variable was set when we started. */
interface Elsewhere {
  readonly name: string;
  readonly variable: string;
  readonly value: string;
}

export interface LocalPlan {
  /** The folder of all state and logs. */
  readonly home: string;
  readonly parts: readonly Part[];
  readonly elsewhere: readonly Elsewhere[];
  /** The variables of every part, and what a client needs to reach the pipeline. */
  readonly variables: Readonly<Record<string, string>>;
  readonly receiverUrl: string;
}

interface StandInPlace {
  readonly name: string;
  readonly defaultPort: number;
  readonly portVariable: string;
  /** The variable through which clients find the part; as a bare `host:port` or as a URL. */
  readonly variable: string;
  readonly scheme: "" | "http://";
}

const standIn = (name: string, defaultPort: number, variable: string, scheme: StandInPlace["scheme"]) => ({
  name,
  defaultPort,
  portVariable: `PULLHOUSE_${name.toUpperCase()}_PORT`,
  variable,
  scheme,
});

const STAND_INS: readonly StandInPlace[] = [
  standIn("pubsub", 8085, "PUBSUB_EMULATOR_HOST", ""),
  standIn("storage", 4443, "STORAGE_EMULATOR_HOST", "http://"),
  standIn("bigquery", 9050, "BIGQUERY_EMULATOR_HOST", "http://"),
  standIn("tasks", 8123, "CLOUD_TASKS_EMULATOR_HOST", ""),
  standIn("issuer", 8089, "CHAINGUARD_ISSUER", "http://"),
];

const SERVICES = [
  { name: "receiver", defaultPort: 8080 },
  { name: "batcher", defaultPort: 8081 },
  { name: "loader", defaultPort: 8082 },
] as const;

/** Names and figures of the local pipeline; each can be set by the caller. */
const DEFAULTS = {
  GOOGLE_CLOUD_PROJECT: LOCAL_PROJECT,
  GOOGLE_CLOUD_LOCATION: "us-central1",
  PUBSUB_TOPIC: "pullhouse-events",
  PUBSUB_SUBSCRIPTION: "pullhouse-events-batcher",
  GCS_BUCKET: "pullhouse-local",
  BIGQUERY_DATASET: "cloudevents_pull_event_recorder",
  TASKS_QUEUE_DRAIN: "pullhouse-drain",
  TASKS_QUEUE_LOAD: "pullhouse-load",
  TASKS_QUEUE_ROLLUP: "pullhouse-rollup",
  WINDOW_SECONDS: "2",
  // The local BigQuery is quick, so that a call that waits is sooner done than one that comes back.
  JOB_PATIENCE_MS: "2000",
  // What a killed batcher held comes back after this; on Google Cloud it may take longer.
  LEASE_SECONDS: "10",
  CHAINGUARD_GROUP: LOCAL_GROUP,
  // Every sender's route can be tried; only this machine can reach them.
  ZOT_TOKENS: "local-zot-token",
  MSR_SECRETS: "local-msr-secret",
  HARBOR_AUTHORIZATION: "local-harbor",
  DISTRIBUTION_AUTHORIZATION: "local-distribution",
} as const;

/** @throws PipelineError CONFIG_INVALID with one line per wrong variable */
export function planLocal(env: NodeJS.ProcessEnv): LocalPlan {
  const reader = new EnvReader(env);
  const port = (variable: string, fallback: number) =>
    reader.integer(variable, { fallback, min: 1, max: 65_535 });

  const parts: Part[] = [];
  const elsewhere: Elsewhere[] = [];
  const variables: Record<string, string> = {
    // The low-level Google clients would look for a metadata server, which a laptop does not have.
    METADATA_SERVER_DETECTION: "none",
    HOST: LOCAL_HOST,
    PULLHOUSE_HOME: pullhouseHome(env),
    SCHEMAS_FOLDER: resolve(readSchemasFolder(reader)),
  };
  for (const [name, fallback] of Object.entries(DEFAULTS)) variables[name] = reader.text(name, fallback);
  variables["BIGQUERY_STAGING_DATASET"] = readStagingDataset(reader, variables["BIGQUERY_DATASET"] as string);

  for (const place of STAND_INS) {
    const given = env[place.variable]?.trim();
    if (given) {
      elsewhere.push({ name: place.name, variable: place.variable, value: given });
      variables[place.variable] = given;
      continue;
    }
    const at = port(place.portVariable, place.defaultPort);
    variables[place.variable] = `${place.scheme}${LOCAL_HOST}:${at}`;
    parts.push({
      name: place.name,
      kind: "stand-in",
      entry: `infra/local/${place.name}/main.ts`,
      port: at,
      portVariable: place.portVariable,
      variables: { [place.portVariable]: String(at) },
    });
  }
  for (const { name, defaultPort } of SERVICES) {
    const portVariable = `PULLHOUSE_${name.toUpperCase()}_PORT`;
    const at = port(portVariable, defaultPort);
    if (name !== "receiver") {
      const urlVariable = `${name.toUpperCase()}_URL`;
      variables[urlVariable] = reader.url(urlVariable, `http://${LOCAL_HOST}:${at}`);
    }
    parts.push({
      name,
      kind: "service",
      entry: `services/${name}/main.ts`,
      port: at,
      portVariable,
      variables: { PORT: String(at) },
    });
  }
  reader.done();
  const receiver = parts.find((part) => part.name === "receiver") as Part;
  return {
    home: pullhouseHome(env),
    parts,
    elsewhere,
    variables,
    receiverUrl: `http://${LOCAL_HOST}:${receiver.port}`,
  };
}
