/** After a deployment: one event through every part of it, until its row can be queried. */
import { randomUUID } from "node:crypto";
import type { DeployConfig } from "../config.ts";
import { namesOf } from "../names.ts";
import { stopIfInterrupted } from "./apply.ts";
import { DeployError, type Tools } from "./tools.ts";

/** No registry sends it, so its row is in `unregistered_events` and in nobody's statistics. */
const TYPE = "dev.pullhouse.smoke.v1";
const SOURCE = "pullhouse-deploy";

const POLL_MS = 5_000;
/** Two cold starts and two jobs, with room; the windows come on top. */
const PATIENCE_MS = 180_000;
/** Grants typically take 2 minutes, and 7 or longer at times (https://cloud.google.com/iam/docs/access-change-propagation). */
const NEW_PATIENCE_MS = 600_000;
/** Between two lines that say that it still waits. */
const SAY_MS = 30_000;

/** Where the senders post whose credentials are in Secret Manager. */
const ROUTES: Readonly<Record<Exclude<DeployConfig["secrets"][number], "PRIVACY_KEY">, string>> = {
  ZOT_TOKENS: "/zot",
  ZOT_BASIC: "/zot",
  MSR_SECRETS: "/msr",
  MSR_BASIC: "/msr",
  HARBOR_AUTHORIZATION: "/harbor",
  DISTRIBUTION_AUTHORIZATION: "/distribution",
};

export interface SmokeOptions {
  /** Parts of the deployment are new, and so are their grants. */
  readonly isNew?: boolean;
  readonly pollMs?: number;
  readonly patienceMs?: number;
}

/** @throws DeployError saying how far the event came */
export async function smokeTest(
  config: DeployConfig,
  webhookUrl: string,
  tools: Tools,
  {
    isNew = false,
    pollMs = POLL_MS,
    patienceMs = (isNew ? NEW_PATIENCE_MS : PATIENCE_MS) + 2_000 * config.windowSeconds,
  }: SmokeOptions = {},
): Promise<void> {
  const id = randomUUID();
  if (config.ingress === "all") {
    await waitForReceiver(webhookUrl, tools, pollMs, patienceMs);
    await checkRoutes(webhookUrl, routesOf(config), tools);
  } else tools.say("  the receiver is behind a load balancer, its address is not asked");
  const token =
    config.secrets.includes("ZOT_TOKENS") && config.ingress === "all"
      ? await zotToken(config, tools)
      : undefined;
  if (token === undefined) await publish(config, id, tools);
  else await post(webhookUrl, token, id, tools);
  await wake(config, tools);
  await waitForRow(config, id, tools, pollMs, patienceMs);
}

/** Of the senders that may post. */
function routesOf({ chainguard, secrets }: DeployConfig): readonly string[] {
  const others = secrets.flatMap((secret) => (secret === "PRIVACY_KEY" ? [] : ROUTES[secret]));
  return [...new Set([...(chainguard.groups.length > 0 ? ["/"] : []), ...others])];
}

/** A new receiver is 403 until the grant to its callers is in effect, and 404 until its address is known everywhere. */
async function waitForReceiver(url: string, tools: Tools, pollMs: number, patienceMs: number): Promise<void> {
  let last = "";
  const isUp = await waitUntil(
    tools,
    pollMs,
    patienceMs,
    () => `the receiver: ${last}`,
    async () => {
      const health = await fetch(`${url}/health`).catch((error: unknown) => error as Error);
      last = health instanceof Error ? health.message : String(health.status);
      return !(health instanceof Error) && health.status === 200;
    },
  );
  if (!isUp) throw new DeployError(`the receiver does not answer ${url}/health: ${last}`);
}

/** @returns whether it came true in time */
async function waitUntil(
  { now, pause, say, interrupted }: Tools,
  pollMs: number,
  patienceMs: number,
  what: () => string,
  isTrue: () => Promise<boolean>,
): Promise<boolean> {
  const start = now();
  let said = start;
  for (;;) {
    if (await isTrue()) return true;
    const time = now();
    if (time - start >= patienceMs || interrupted.aborted) return false;
    if (time - said >= SAY_MS) {
      said = time;
      say(`  waiting for ${what()}, ${seconds(time - start)} of ${seconds(patienceMs)} at most`);
    }
    await pause(pollMs);
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

/** The receiver takes from no sender what comes without credentials. */
async function checkRoutes(url: string, routes: readonly string[], { say }: Tools): Promise<void> {
  for (const route of routes) {
    const unsigned = await fetch(`${url}${route}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    if (unsigned.status !== 401)
      throw new DeployError(
        `the receiver answered ${unsigned.status} to POST ${route} without credentials, and not 401`,
      );
  }
  say(`  the receiver is up, and asks for credentials at ${routes.join(", ")}`);
}

async function zotToken({ project, ...config }: DeployConfig, { ask }: Tools): Promise<string | undefined> {
  const secret = namesOf({ project, ...config }).secret("ZOT_TOKENS");
  const tokens = await ask(
    "gcloud",
    "secrets",
    "versions",
    "access",
    "latest",
    `--secret=${secret}`,
    `--project=${project}`,
  );
  return tokens?.split(",")[0]?.trim() || undefined;
}

async function post(url: string, token: string, id: string, { say }: Tools): Promise<void> {
  const answer = await fetch(`${url}/zot`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      ...Object.fromEntries(Object.entries(attributes(id)).filter(([name]) => name.startsWith("ce-"))),
    },
    body: "{}",
  });
  if (answer.status !== 202)
    throw new DeployError(`the receiver answered ${answer.status}: ${await answer.text()}`);
  say(`  posted event ${id}`);
}

/** Only Chainguard can sign for Chainguard, so the event goes where the receiver would put it. */
async function publish(config: DeployConfig, id: string, tools: Tools): Promise<void> {
  const all = Object.entries(attributes(id)).map(([name, value]) => `${name}=${value}`);
  const topic = namesOf(config).topic;
  await tools.show(
    "gcloud",
    "pubsub",
    "topics",
    "publish",
    topic,
    "--message={}",
    `--attribute=${all.join(",")}`,
    `--project=${config.project}`,
  );
  tools.say(`  published event ${id} (no sender's token at hand: it went past the receiver)`);
}

function attributes(id: string): Record<string, string> {
  const now = new Date().toISOString();
  return {
    "ce-id": id,
    "ce-source": SOURCE,
    "ce-type": TYPE,
    "ce-specversion": "1.0",
    "ce-time": now,
    "content-type": "application/json",
    "pullhouse-source": "deploy",
    "pullhouse-received-at": now,
  };
}

/** Proves the safety net, too: its account, its token, the internal ingress. */
async function wake(config: DeployConfig, tools: Tools): Promise<void> {
  const job = `${namesOf(config).service("batcher")}-safety-net`;
  await tools.show(
    "gcloud",
    "scheduler",
    "jobs",
    "run",
    job,
    `--location=${config.region}`,
    `--project=${config.project}`,
  );
}

async function waitForRow(
  { project, dataset, datasetLocation }: DeployConfig,
  id: string,
  tools: Tools,
  pollMs: number,
  patienceMs: number,
): Promise<void> {
  const sql = `SELECT COUNT(*) AS n FROM \`${project}.${dataset}.unregistered_events\` WHERE ce_id = '${id}' AND ce_time > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR)`;
  const start = tools.now();
  const isThere = await waitUntil(
    tools,
    pollMs,
    patienceMs,
    () => `the row of event ${id}`,
    async () => {
      const answer = await tools.ask(
        "bq",
        `--project_id=${project}`,
        `--location=${datasetLocation}`,
        "--format=json",
        "--quiet",
        "query",
        "--use_legacy_sql=false",
        sql,
      );
      return /"n": ?"?1\b/.test(answer ?? "");
    },
  );
  if (isThere) return tools.say(`  its row can be queried after ${seconds(tools.now() - start)}`);
  stopIfInterrupted(tools, "make deploy");
  throw new DeployError(
    `event ${id} has no row after ${patienceMs / 1000} s; \`npx pullhouse trace ${id}\` says how far it came, \`npx pullhouse doctor\` what is wrong (docs/operate/deploy.md: how they find it)`,
  );
}
