/** The acceptance run's place on one machine: the stack's services in front of the emulators. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { projectOf, provision, provisionTables } from "#services/shared/gcp/provision.ts";
import type { ServiceName } from "../../gcp/names.ts";
import { type LogLine, logLines } from "../../local/demo/log-lines.ts";
import { settle } from "../../local/demo/settle.ts";
import { JOB_ERRORS } from "../../local/faults/bigquery-errors.ts";
import { isDml } from "../../local/faults/job-faults.ts";
import { openSigner } from "../../local/issuer/signer.ts";
import { createApi } from "../api.ts";
import { configOf } from "../config.ts";
import { createCredentials, createGroup } from "../credentials.ts";
import type { Deployment, Target } from "../deployment.ts";
import { readStack } from "../stack.ts";
import { type Emulators, startEmulators } from "./emulators.ts";
import { type LocalServices, startServices } from "./services.ts";
import { applyStack } from "./terraform.ts";

export interface LocalOptions {
  readonly prefix: string;
  /** Folder of the bundles (`make build`). */
  readonly dist: string;
  /** Shorter than a deployment may have it. */
  readonly windowSeconds: number;
  /** Whether Chainguard's events are signed; without, they go the way of a project that can publish no keys. */
  readonly isSigned: boolean;
  /** TF_PLUGIN_DIR: Terraform applies the stack; without it resources are created by the names in the stack. */
  readonly plugins?: string;
}

const PROJECT = "pullhouse-acceptance";
const REGION = "us-central1";
/** Of no project: Google numbers them with up to twelve digits. */
const PROJECT_NUMBER = "100000000000";
/** A limit for what never comes; nothing depends on how fast the machine is. */
const PATIENCE_MS = 600_000;
const POLL_MS = 500;
/** Of the subscription, as `provision` and as the stack creates it (infra/gcp/queue.ts). */
const PROVISIONED_LEASE_MS = 10_000;
const STACK_LEASE_MS = 60_000;
/** Ten minutes: a plan whose MERGE was refused waits that long at most before it is tried again. */
const SETTLE_TRIES = 1_200;

export function localTarget(options: LocalOptions): Target {
  const home = mkdtempSync(join(tmpdir(), `${options.prefix}-`));
  const running: { close(): Promise<void> }[] = [];
  return {
    kind: "local",
    prefix: options.prefix,
    plan: [
      `Everything runs on this machine, with its state in ${home}, and costs nothing.`,
      "The production bundles start with the variables of the synthesised stack, in front of emulators.",
      options.plugins === undefined
        ? "Terraform doesn't run: TF_PLUGIN_DIR names no folder of providers, or there is no terraform."
        : `Terraform applies the stack to the local control plane with the provider in ${options.plugins}, and destroys it.`,
      "It takes some minutes: a sample of every type is a load of its own.",
    ],
    taken: async () => [],
    async deploy(signal) {
      const emulators = await startEmulators(join(home, "state"));
      running.push(emulators);
      return deploy(options, home, emulators, running, signal);
    },
    async destroy() {
      // What could not be ended is ended by the next try.
      for (let last = running.at(-1); last !== undefined; last = running.at(-1)) {
        await last.close();
        running.pop();
      }
      rmSync(home, { recursive: true, force: true });
      if (existsSync(home)) throw new Error(`${home} is still there`);
    },
    takeDown: `rm -r ${home}`,
  };
}

async function deploy(
  { prefix, dist, windowSeconds, isSigned, plugins }: LocalOptions,
  home: string,
  emulators: Emulators,
  running: { close(): Promise<void> }[],
  signal: AbortSignal,
): Promise<Deployment> {
  const group = createGroup();
  const credentials = createCredentials();
  const config = configOf({ project: PROJECT, region: REGION, prefix, group });
  const stack = readStack(config, join(home, "stack"), PROJECT_NUMBER);
  if (plugins === undefined) await createByName({ ...stack.operator, ...emulators.variables });
  else {
    const stateFolder = join(home, "control-plane");
    const { folder: stackFolder } = stack;
    const { dataPlane } = emulators;
    running.push(
      await applyStack({ config, stackFolder, stateFolder, plugins, dataPlane, credentials, signal }),
    );
  }
  const services = await startServices({
    stack,
    dist: resolve(dist),
    logFolder: join(home, "logs"),
    credentials,
    variables: { ...emulators.variables, WINDOW_SECONDS: String(windowSeconds) },
  });
  running.push({ close: () => services.stop() });
  const signer = openSigner(emulators.issuerFolder);
  return {
    kind: "local",
    prefix,
    receiverUrl: services.urls.receiver,
    env: environmentOf(stack.operator, emulators, services, windowSeconds),
    credentials,
    signature: isSigned
      ? { outcome: "signed", group, sign: (body) => signer.sign({ group, body }) }
      : { outcome: "unsigned", reason: "this run was asked not to sign" },
    api: createApi({
      bigquery: `${emulators.bigqueryUrl}/bigquery/v2`,
      storage: emulators.storageUrl,
      monitoring: `http://${emulators.variables["PUBSUB_EMULATOR_HOST"] as string}/v3`,
    }),
    pollMs: POLL_MS,
    patienceMs: PATIENCE_MS,
    leaseMs: plugins === undefined ? PROVISIONED_LEASE_MS : STACK_LEASE_MS,
    kill: (service) => services.kill(service),
    ...merges(emulators),
    lines: (service) => linesOf(services, service),
    settle: () => settle(services.urls.batcher, services.urls.loader, SETTLE_TRIES),
  };
}

function environmentOf(
  operator: Readonly<Record<string, string>>,
  { variables }: Emulators,
  { urls }: LocalServices,
  windowSeconds: number,
): Readonly<Record<string, string>> {
  return {
    ...operator,
    ...variables,
    WINDOW_SECONDS: String(windowSeconds),
    RECEIVER_URL: urls.receiver,
    BATCHER_URL: urls.batcher,
    LOADER_URL: urls.loader,
  };
}

/** As somebody who takes the loader its right to change rows, so that jobs.insert refuses its DML. */
function merges({ bigquery }: Emulators): Pick<Deployment, "refuseMerges" | "allowMerges"> {
  let rule: { stop(): void } | undefined;
  return {
    refuseMerges: async () => {
      rule = bigquery.onJobs(isDml, { fault: "refused", status: 403, error: JOB_ERRORS.accessDenied });
    },
    allowMerges: async () => rule?.stop(),
  };
}

async function linesOf(services: LocalServices, service: ServiceName): Promise<readonly LogLine[]> {
  const lines: LogLine[] = [];
  for await (const line of logLines(services.logFile(service))) lines.push(line);
  return lines;
}

/** What Terraform would create, as far as emulators have it. */
async function createByName(variables: Readonly<Record<string, string>>): Promise<void> {
  const project = projectOf({ SCHEMAS_FOLDER: "schemas", ...variables });
  await provision(project);
  await provisionTables(project);
}
