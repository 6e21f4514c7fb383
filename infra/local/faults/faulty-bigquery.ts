/** A proxy in front of a BigQuery whose jobs fail, last, or are answered as a test says, with nothing of it in the product. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Job, type JobConfiguration, type JobFault, refusal, toldJob } from "./job-faults.ts";

interface Rule {
  /** How many requests met the fault. */
  readonly hits: number;
  /** From now on, new jobs are as they would be. */
  stop(): void;
}

export interface FaultyBigQuery {
  readonly url: string;
  /** @param times how often; without it until it is stopped. The rule that came last is asked first. */
  onJobs(which: (job: JobConfiguration) => boolean, fault: JobFault, times?: number): Rule;
  /** Tables are told as they were when each was first asked for under this rule. */
  staleTables(): Rule;
  close(): Promise<void>;
}

interface JobRule {
  readonly which: (job: JobConfiguration) => boolean;
  readonly fault: JobFault;
  left: number;
  hits: number;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Hop-by-hop headers: `fetch` makes its own. */
const HOP: ReadonlySet<string> = new Set([
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "expect",
]);

/** A job that reads and changes nothing, in place of the one that is not to run. */
const NOTHING = { query: { query: "SELECT 1 AS nothing", useLegacySql: false } };
const INSERT = /\/projects\/[^/]+\/jobs$/;
const JOB = /\/projects\/[^/]+\/jobs\/([^/]+)(?:\/cancel)?$/;
const TABLE = /\/datasets\/[^/]+\/tables\/[^/]+$/;

/** @param target base address of a BigQuery */
export async function startFaultyBigQuery(target: string): Promise<FaultyBigQuery> {
  const rules: JobRule[] = [];
  const jobs = new Map<string, { readonly rule: JobRule; readonly configuration: JobConfiguration }>();
  const stale: { hits: number; readonly tables: Map<string, Answer> }[] = [];

  async function forward(request: IncomingMessage, body: string): Promise<Answer> {
    const { method = "GET", url = "" } = request;
    const headers = Object.entries(request.headers).filter(
      (header): header is [string, string] => !HOP.has(header[0]) && typeof header[1] === "string",
    );
    const answer = await fetch(`${target}${url}`, { method, headers, ...(body === "" ? {} : { body }) });
    return { status: answer.status, body: await answer.text() };
  }

  /** @returns undefined when the client is not to hear an answer */
  async function insert(request: IncomingMessage, body: string): Promise<Answer | undefined> {
    const asked = JSON.parse(body) as { configuration: JobConfiguration };
    const { configuration } = asked;
    const rule = rules.findLast(({ which, left }) => left > 0 && which(configuration));
    if (rule === undefined) return forward(request, body);
    rule.left--;
    rule.hits++;
    const { fault } = rule;
    if (fault.fault === "refused") return refusal(fault.status, fault.error);
    if (configuration.dryRun === true) return forward(request, body);
    const instead = fault.fault === "fails" || fault.fault === "skips" ? NOTHING : configuration;
    const answer = await forward(request, JSON.stringify({ ...asked, configuration: instead }));
    if (answer.status !== 200) return answer;
    const { jobReference } = JSON.parse(answer.body) as { jobReference: { jobId: string } };
    jobs.set(jobReference.jobId, { rule, configuration });
    if (fault.fault !== "unheard") return told(answer, jobReference.jobId);
    return fault.status === undefined || fault.error === undefined
      ? undefined
      : refusal(fault.status, fault.error);
  }

  /** The job as the rule has it. */
  function told(answer: Answer, id: string): Answer {
    const known = jobs.get(id);
    if (known === undefined || answer.status !== 200) return answer;
    const body = JSON.parse(answer.body) as { job?: object };
    const { rule, configuration } = known;
    const change = (job: object) => toldJob(job as Job, rule.fault, configuration, rule.left > 0);
    const next = body.job === undefined ? change(body) : { ...body, job: change(body.job) };
    return { status: answer.status, body: JSON.stringify(next) };
  }

  async function table(request: IncomingMessage): Promise<Answer> {
    const answer = await forward(request, "");
    const kept = stale.at(-1);
    if (kept === undefined) return answer;
    kept.hits++;
    const { url = "" } = request;
    const before = kept.tables.get(url) ?? answer;
    kept.tables.set(url, before);
    return before;
  }

  async function answerTo(request: IncomingMessage, body: string): Promise<Answer | undefined> {
    const path = new URL(request.url ?? "/", target).pathname;
    if (request.method === "POST" && INSERT.test(path)) return insert(request, body);
    if (request.method === "GET" && TABLE.test(path)) return table(request);
    const id = JOB.exec(path)?.[1];
    const answer = await forward(request, body);
    return id === undefined ? answer : told(answer, decodeURIComponent(id));
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = await answerTo(request, Buffer.concat(chunks).toString());
    if (answer === undefined) response.destroy();
    else response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.writeHead(502).end(String(error)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    onJobs(which, fault, times = Number.POSITIVE_INFINITY) {
      const rule: JobRule = { which, fault, left: times, hits: 0 };
      rules.push(rule);
      return ruleOf(rule, () => (rule.left = 0));
    },
    staleTables() {
      const kept = { hits: 0, tables: new Map<string, Answer>() };
      stale.push(kept);
      return ruleOf(kept, () => stale.splice(stale.indexOf(kept), 1));
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function ruleOf(counted: { readonly hits: number }, stop: () => void): Rule {
  return {
    get hits() {
      return counted.hits;
    },
    stop,
  };
}
