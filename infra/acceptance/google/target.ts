/** The acceptance run's place in a Google Cloud project that somebody lends: `make deploy` under a prefix of its own. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Clock } from "#services/shared/clock.ts";
import { namesOf } from "../../gcp/names.ts";
import { type Api, createApi, read } from "../api.ts";
import { gcloud, type RunCommand } from "../commands.ts";
import { configOf, type Place, settingsOf } from "../config.ts";
import { type Credentials, createCredentials, createGroup, secretValuesOf } from "../credentials.ts";
import type { Deployment, Signature, Target } from "../deployment.ts";
import { plannedBill, totalDollars } from "../money.ts";
import { readStack } from "../stack.ts";
import { disturbances } from "./disturb.ts";
import { publishIssuer } from "./issuer.ts";
import { serviceLines } from "./logs.ts";
import { type GooglePlace, issuerBucketOf, placeToRemove, stateBucketOf, takenIn } from "./place.ts";
import { settleOn } from "./settle.ts";

export interface GoogleOptions {
  readonly place: GooglePlace;
  readonly events: number;
  /** Of configuration, keys and stack, on this machine. */
  readonly folder: string;
  readonly run: RunCommand;
  readonly clock: Clock;
  readonly api: Api;
  /** Where buckets are served. */
  readonly storageUrl: string;
}

/** A grant takes seven minutes and longer to be seen (https://cloud.google.com/iam/docs/access-change-propagation). */
const PATIENCE_MS = 15 * 60_000;
/** The subscription's ack deadline (infra/gcp/queue.ts). */
const LEASE_MS = 60_000;
/** Each look reads 10 MB at least, $0.00006. */
const POLL_MS = 3_000;

const GOOGLE_APIS = {
  bigquery: "https://bigquery.googleapis.com/bigquery/v2",
  cloudtasks: "https://cloudtasks.googleapis.com/v2",
  iam: "https://iam.googleapis.com/v1",
  logging: "https://logging.googleapis.com/v2",
  monitoring: "https://monitoring.googleapis.com/v3",
  pubsub: "https://pubsub.googleapis.com/v1",
  run: "https://run.googleapis.com/v2",
  storage: "https://storage.googleapis.com",
} as const;

/** An access token lives an hour. */
const TOKEN_MS = 30 * 60_000;

/** Google's APIs with the credentials of gcloud. */
export function openGoogleApi(run: RunCommand, clock: Clock): Api {
  let token: { readonly value: Promise<string>; readonly until: number } | undefined;
  return createApi(GOOGLE_APIS, () => {
    if (token === undefined || clock.now() > token.until)
      token = { value: gcloud(run, ["auth", "print-access-token"]), until: clock.now() + TOKEN_MS };
    return token.value;
  });
}

export function googleTarget(options: GoogleOptions): Target {
  const { place, events, api } = options;
  const { project, region, prefix } = place;
  const dollars = totalDollars(plannedBill(events)).toFixed(2);
  return {
    kind: "google",
    prefix,
    plan: [
      `Project ${project}, region ${region}: some 220 resources, every name of which begins with ${prefix}.`,
      `It deploys, posts ${events} events and samples of every sender, replaces instances, takes the loader a permission for minutes, waits while nothing happens, and takes everything down.`,
      `It takes about an hour, of which the deployment is ten minutes and the removal five, and costs about $${dollars} at list prices.`,
      "APIs that it enables stay enabled. Names of deleted queues and of the deleted role stay blocked for weeks; the prefix is never used again.",
    ],
    taken: () => takenIn(place, api),
    deploy: (signal) => deploy(options, signal),
    destroy: () => destroy(options),
    takeDown: `TAKE_DOWN=${prefix} ACCEPTANCE_PROJECT=${project} ACCEPTANCE_REGION=${region} make acceptance`,
  };
}

async function deploy(options: GoogleOptions, signal: AbortSignal): Promise<Deployment> {
  const { place, folder, run } = options;
  const { project, region } = place;
  const startedAt = new Date(options.clock.now()).toISOString();
  const group = createGroup();
  const stateBucket = stateBucketOf(place);
  await gcloud(run, [
    "storage",
    "buckets",
    "create",
    `gs://${stateBucket}`,
    `--project=${project}`,
    `--location=${region}`,
    "--uniform-bucket-level-access",
    "--public-access-prevention",
  ]);
  const issuer = await publishIssuer({ ...options, group, folder: join(folder, "issuer"), signal });
  const credentials = createCredentials();
  const whole: Place = {
    ...place,
    group,
    stateBucket,
    ...(issuer.url === undefined ? {} : { issuer: issuer.url }),
  };
  await deployWithSecrets(options, whole, credentials, signal);
  const number = await gcloud(run, ["projects", "describe", project, "--format=value(projectNumber)"]);
  return deploymentOf(options, { whole, number, credentials, startedAt, signature: issuer.signature });
}

/** As a person does: the first deployment makes the secrets and asks for their values, the second goes on. */
async function deployWithSecrets(
  options: GoogleOptions,
  whole: Place,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<void> {
  if ((await makeDeploy("deploy", options, whole, signal)) === 0) return;
  signal.throwIfAborted();
  const names = namesOf(configOf(whole));
  for (const [variable, value] of Object.entries(secretValuesOf(credentials))) {
    const secret = names.secret(variable);
    await gcloud(
      options.run,
      ["secrets", "versions", "add", secret, "--data-file=-", `--project=${whole.project}`],
      { input: value },
    );
  }
  if ((await makeDeploy("deploy", options, whole, signal)) !== 0) throw new Error("make deploy failed");
}

/** @returns its exit code */
async function makeDeploy(
  command: "deploy" | "destroy",
  { folder, run }: GoogleOptions,
  place: Place,
  signal?: AbortSignal,
): Promise<number> {
  mkdirSync(folder, { recursive: true });
  // Found from the folder that it runs in.
  const file = relative(process.cwd(), join(folder, "pullhouse.config.json"));
  writeFileSync(file, JSON.stringify(settingsOf(place), undefined, 2));
  const { code } = await run(
    process.execPath,
    ["--disable-warning=DEP0044", "infra/gcp/deploy/main.ts", command],
    {
      env: {
        PULLHOUSE_CONFIG: file,
        YES: "1",
        PULLHOUSE_PROJECT: "",
        PULLHOUSE_REGION: "",
        PULLHOUSE_PREFIX: "",
      },
      isShown: true,
      ...(signal === undefined ? {} : { signal }),
    },
  );
  return code;
}

interface Deployed {
  readonly whole: Place;
  /** Of the project. */
  readonly number: string;
  readonly credentials: Credentials;
  readonly signature: Signature;
  readonly startedAt: string;
}

function deploymentOf(options: GoogleOptions, deployed: Deployed): Deployment {
  const { api, clock, folder, run } = options;
  const { whole, number, startedAt, credentials, signature } = deployed;
  const config = configOf(whole);
  const { operator } = readStack(config, join(folder, "stack"), number);
  const names = namesOf(config);
  return {
    kind: "google",
    prefix: config.prefix,
    receiverUrl: operator["RECEIVER_URL"] as string,
    env: operator,
    credentials,
    signature,
    api,
    pollMs: POLL_MS,
    patienceMs: PATIENCE_MS,
    leaseMs: LEASE_MS,
    ...disturbances(config, run),
    lines: (service) => serviceLines(api, config.project, names.service(service), startedAt),
    settle: () => settleOn({ config, api, run, clock, patienceMs: PATIENCE_MS }),
  };
}

/** Terraform's part, then the buckets beside it; then looks that nothing is left. */
async function destroy(options: GoogleOptions): Promise<void> {
  const { place, api, run } = options;
  const stateBucket = stateBucketOf(place);
  const isThere = async (bucket: string) =>
    (await api.call("storage", { path: `/storage/v1/b/${bucket}` })).status === 200;
  if (await isThere(stateBucket)) {
    const hasState = await hasObjects(api, stateBucket);
    if (hasState && (await makeDeploy("destroy", options, placeToRemove(place))) !== 0)
      throw new Error("make destroy failed");
  }
  for (const bucket of [issuerBucketOf(place), stateBucket])
    if (await isThere(bucket)) await gcloud(run, ["storage", "rm", "--recursive", `gs://${bucket}`]);
  const left = await takenIn(place, api);
  if (left.length > 0) throw new Error(`still there: ${left.join(", ")}`);
}

async function hasObjects(api: Api, bucket: string): Promise<boolean> {
  const { items = [] } = await read<{ items?: readonly object[] }>(api, "storage", {
    path: `/storage/v1/b/${bucket}/o`,
    query: { maxResults: "1" },
  });
  return items.length > 0;
}
