/**
 * `make acceptance` on Google Cloud, with gcloud, `make deploy` and Google's APIs as scripts: what is called in which order, and
 * that nothing is left behind. The issuer's documents are real HTTP.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunCommand } from "#infra/acceptance/commands.ts";
import { isConsented, refuseTakenNames } from "#infra/acceptance/consent.ts";
import { googleTarget } from "#infra/acceptance/google/target.ts";
import { runAcceptance } from "#infra/acceptance/run.ts";
import { readSettings } from "#infra/acceptance/settings.ts";
import { discover } from "#services/receiver/oidc/discovery.ts";
import { type Scripted, scriptApi } from "#test/support/scripted-api.ts";
import { sleepingClock } from "#test/support/sleeping-clock.ts";

const root = mkdtempSync(join(tmpdir(), "pullhouse-acceptance-google-"));
const folder = join(root, "acc-0a1b2c");
const never = new AbortController().signal;

/** Serves what was uploaded, as Cloud Storage serves public objects. */
let storage: Server;
let storageUrl = "";
const published = new Map<string, string>();

beforeAll(async () => {
  storage = createServer((request, response) => {
    const document = published.get(request.url ?? "");
    response.statusCode = document === undefined ? 403 : 200;
    response.end(document);
  });
  await new Promise<void>((listening) => storage.listen(0, "127.0.0.1", listening));
  storageUrl = `http://127.0.0.1:${(storage.address() as AddressInfo).port}`;
});
afterAll(() => {
  storage.close();
  rmSync(root, { recursive: true });
});

interface Given {
  /** Beginning of a command line, without the path of Node, and its exit codes in turn. */
  readonly codes?: Readonly<Record<string, number[]>>;
  readonly answers?: readonly Scripted[];
  /** Where the command lines go. */
  readonly calls?: string[];
}

function open({ codes = {}, answers = [], calls = [] }: Given = {}) {
  const secrets: (string | undefined)[] = [];
  const run: RunCommand = async (command, args, { input } = {}) => {
    const line = [command === process.execPath ? "node" : command, ...args].join(" ");
    calls.push(line.replaceAll(folder, "FOLDER"));
    if (line.includes("secrets versions add")) secrets.push(input);
    const [file, to] = /storage cp (\S+) gs:\/(\S+)/.exec(line)?.slice(1) ?? [];
    if (file !== undefined && to !== undefined) published.set(to, readFileSync(file, "utf8"));
    const code =
      Object.entries(codes)
        .find(([beginning]) => line.includes(beginning))?.[1]
        .shift() ?? 0;
    const out = line.includes("projects describe") ? "123456789012\n" : "old-revision\n";
    return { code, out, errors: code === 0 ? "" : "ERROR: not allowed here" };
  };
  const api = scriptApi(answers);
  const target = googleTarget({
    place: { project: "lent-project", region: "us-central1", prefix: "acc-0a1b2c" },
    events: 1_000,
    folder,
    run,
    clock: sleepingClock(),
    api,
    storageUrl,
  });
  return { target, calls, secrets };
}

const DEPLOY = "node --disable-warning=DEP0044 infra/gcp/deploy/main.ts deploy";
const DESTROY = "node --disable-warning=DEP0044 infra/gcp/deploy/main.ts destroy";
const bucket = (name: string, ...more: Scripted[]): readonly Scripted[] => [
  ...more,
  {
    api: "storage",
    path: `/b/lent-project-acc-0a1b2c-${name}`,
    body: { items: [{ name: "default.tfstate" }] },
  },
];

test("it deploys as a person does: secrets get their values in between, and never as an argument", async () => {
  const { target, calls, secrets } = open({ codes: { [DEPLOY]: [1, 0] } });
  const deployment = await target.deploy(never);
  expect(calls.map((line) => line.replace(/ --.*/, ""))).toEqual([
    "gcloud storage buckets create gs://lent-project-acc-0a1b2c-state",
    "gcloud storage buckets create gs://lent-project-acc-0a1b2c-issuer",
    "gcloud storage buckets add-iam-policy-binding gs://lent-project-acc-0a1b2c-issuer",
    "gcloud storage cp FOLDER/issuer/discovery.json gs://lent-project-acc-0a1b2c-issuer/.well-known/openid-configuration",
    "gcloud storage cp FOLDER/issuer/public-keys.json gs://lent-project-acc-0a1b2c-issuer/keys",
    "node",
    "gcloud secrets versions add acc-0a1b2c-zot-tokens",
    "gcloud secrets versions add acc-0a1b2c-msr-secrets",
    "gcloud secrets versions add acc-0a1b2c-harbor-authorization",
    "gcloud secrets versions add acc-0a1b2c-distribution-authorization",
    "node",
    "gcloud projects describe lent-project",
  ]);
  const { credentials } = deployment;
  expect(secrets).toEqual([credentials.zot, credentials.msr, credentials.harbor, credentials.distribution]);
  for (const secret of Object.values(credentials)) expect(calls.join("\n")).not.toContain(secret);
  expect(deployment.receiverUrl).toBe("https://acc-0a1b2c-receiver-123456789012.us-central1.run.app");
  expect(JSON.parse(readFileSync(join(folder, "pullhouse.config.json"), "utf8"))).toMatchObject({
    prefix: "acc-0a1b2c",
    state: { bucket: "lent-project-acc-0a1b2c-state" },
    deletionProtection: false,
    settings: { receiver: { CHAINGUARD_ISSUER: `${storageUrl}/lent-project-acc-0a1b2c-issuer` } },
  });
});

test("the receiver's own code finds the keys of the issuer that was published", async () => {
  const { target } = open();
  const { signature } = await target.deploy(never);
  const issuer = `${storageUrl}/lent-project-acc-0a1b2c-issuer`;
  const { keysUrl, algorithms } = await discover(issuer);
  expect(algorithms).toContain("RS256");
  const keys = (await (await fetch(keysUrl)).json()) as { keys: { kid: string; d?: string }[] };
  expect(keys.keys.map(({ d }) => d)).toEqual([undefined]);
  expect(signature.outcome).toBe("signed");
  const token = signature.outcome === "signed" ? await signature.sign(Buffer.from("{}")) : "";
  const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as {
    iss: string;
  };
  expect(claims.iss).toBe(issuer);
});

test("where no public object is allowed nothing is signed, and the reason says so", async () => {
  const { target, calls } = open({ codes: { "add-iam-policy-binding": [1] } });
  const { signature } = await target.deploy(never);
  expect(signature).toEqual({
    outcome: "unsigned",
    reason: expect.stringContaining("ERROR: not allowed here"),
  });
  expect(calls.some((line) => line.startsWith(DEPLOY))).toBe(true);
  expect(readFileSync(join(folder, "pullhouse.config.json"), "utf8")).not.toContain("CHAINGUARD_ISSUER");
});

test("a service is replaced by another revision, and MERGE is refused by one permission", async () => {
  const { target, calls } = open();
  const deployment = await target.deploy(never);
  calls.length = 0;
  expect(await deployment.kill("batcher")).toBe("revision old-revision replaced and deleted");
  await deployment.refuseMerges();
  await deployment.allowMerges();
  const there = "--project=lent-project --region=us-central1";
  expect(calls).toEqual([
    `gcloud run services describe acc-0a1b2c-batcher ${there} --format=value(status.latestReadyRevisionName) --quiet`,
    `gcloud run services update acc-0a1b2c-batcher ${there} --update-env-vars=ACCEPTANCE_KILLS=1 --quiet`,
    `gcloud run revisions delete old-revision ${there} --quiet`,
    "gcloud iam roles update acc_0a1b2c_loader --project=lent-project --remove-permissions=bigquery.tables.updateData --quiet",
    "gcloud iam roles update acc_0a1b2c_loader --project=lent-project --add-permissions=bigquery.tables.updateData --quiet",
  ]);
});

const run = (target: ReturnType<typeof open>["target"], isKept = false) =>
  runAcceptance({
    target,
    settings: { events: 50, seed: "1", idleSeconds: 0, isKept },
    assumptions: [],
    clock: sleepingClock(),
    say: () => {},
    signal: never,
  });

test("after a deployment that failed everything is taken down, the state last", async () => {
  const calls: string[] = [];
  const isRemoved = (name: string) =>
    calls.some((line) => line.includes(`rm --recursive gs://lent-project-acc-0a1b2c-${name}`));
  const until = (name: string): Scripted => ({
    api: "storage",
    path: `/b/lent-project-acc-0a1b2c-${name}`,
    isThere: () => !isRemoved(name),
    body: { items: [{ name: "default.tfstate" }] },
  });
  const { target } = open({ codes: { [DEPLOY]: [1, 1] }, answers: [until("state"), until("issuer")], calls });
  const acceptance = await run(target);
  expect(acceptance.steps.map(({ name, isOk }) => [name, isOk])).toEqual([
    ["deploy", false],
    ["take down", true],
  ]);
  expect(acceptance.takeDown).toBeUndefined();
  const last = calls.slice(-3).map((line) => line.replace(/ --quiet$/, ""));
  expect(last).toEqual([
    DESTROY,
    "gcloud storage rm --recursive gs://lent-project-acc-0a1b2c-issuer",
    "gcloud storage rm --recursive gs://lent-project-acc-0a1b2c-state",
  ]);
});

test("what cannot be taken down is named, with the one command that does it", async () => {
  const { target, calls } = open({
    codes: { [DEPLOY]: [1, 1], [DESTROY]: [1, 1, 1] },
    answers: bucket("state"),
  });
  const acceptance = await run(target);
  expect(acceptance.steps.at(-1)).toMatchObject({
    name: "take down",
    isOk: false,
    seen: "make destroy failed",
  });
  expect(calls.filter((line) => line.startsWith(DESTROY))).toHaveLength(3);
  expect(acceptance.takeDown).toBe(
    "TAKE_DOWN=acc-0a1b2c ACCEPTANCE_PROJECT=lent-project ACCEPTANCE_REGION=us-central1 make acceptance",
  );
});

test("with KEEP=1 nothing is taken down", async () => {
  const { target, calls } = open({ codes: { [DEPLOY]: [1, 1] } });
  const acceptance = await run(target, true);
  expect(calls.some((line) => line.startsWith(DESTROY))).toBe(false);
  expect(acceptance.takeDown).toBe(target.takeDown);
});

test("names that exist are not touched", async () => {
  const { target, calls } = open({ answers: bucket("state") });
  await expect(refuseTakenNames(target)).rejects.toThrow(
    "Nothing was done: bucket lent-project-acc-0a1b2c-state exist already.",
  );
  expect(calls).toEqual([]);
  expect(existsSync(join(root, "anything"))).toBe(false);
});

test("without YES=1 the project's id must be typed", async () => {
  const answer = (text: string) => async () => text;
  const settings = { project: "lent-project", isApproved: false };
  expect(await isConsented(settings, answer("lent-project"))).toBe(true);
  expect(await isConsented(settings, answer("yes"))).toBe(false);
  expect(await isConsented(settings, answer(""))).toBe(false);
  expect(await isConsented({ ...settings, isApproved: true }, answer(""))).toBe(true);
});

test("settings: local without a project, a fresh prefix each time, and no take-down of nothing", () => {
  const one = readSettings({});
  expect(one).toMatchObject({
    events: 1_000,
    region: "us-central1",
    idleSeconds: 0,
    isApproved: false,
    isKept: false,
  });
  expect(one).not.toHaveProperty("project");
  expect(one.prefix).toMatch(/^acc-[0-9a-f]{6}$/);
  expect(readSettings({}).prefix).not.toBe(one.prefix);
  expect(readSettings({ ACCEPTANCE_PROJECT: "lent-project" })).toMatchObject({ idleSeconds: 600 });
  expect(() => readSettings({ TAKE_DOWN: "pullhouse", ACCEPTANCE_PROJECT: "lent-project" })).toThrow(
    "acc-0a1b2c",
  );
  expect(() => readSettings({ TAKE_DOWN: "acc-0a1b2c" })).toThrow("ACCEPTANCE_PROJECT");
});
