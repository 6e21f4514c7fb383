/** `make demo` and `make up` as they are, every process real. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isRunning } from "#infra/local/up/process-table.ts";
import { freePorts } from "#test/support/free-ports.ts";
import { pullhouse } from "../cli/run-command.ts";

const MAIN = {
  demo: fileURLToPath(new URL("../../../infra/local/demo/main.ts", import.meta.url)),
  up: fileURLToPath(new URL("../../../infra/local/up/main.ts", import.meta.url)),
};
const SERVICES = ["receiver", "batcher", "loader"];

let home: string;
let env: Record<string, string>;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "pullhouse-demo-"));
  env = { ...(await freePorts()), PULLHOUSE_HOME: home, WINDOW_SECONDS: "1" };
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Started {
  readonly child: ChildProcess;
  /** Resolves once the output holds the text. @throws Error with the output when it ends without it */
  says(words: string): Promise<void>;
  readonly ended: Promise<{ status: number | null; out: string }>;
}

function start(command: keyof typeof MAIN, more: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, [MAIN[command]], { env: { ...process.env, ...env, ...more } });
  let out = "";
  const waiting: { words: string; resolve: () => void; reject: (error: Error) => void }[] = [];
  const told = (chunk: Buffer) => {
    out += chunk.toString();
    for (const one of waiting) if (out.includes(one.words)) one.resolve();
  };
  child.stdout.on("data", told);
  child.stderr.on("data", told);
  const ended = new Promise<{ status: number | null; out: string }>((resolve) => {
    child.once("close", (status) => {
      for (const one of waiting) one.reject(new Error(`ended without "${one.words}":\n${out}`));
      resolve({ status, out });
    });
  });
  const says = (words: string) =>
    new Promise<void>((resolve, reject) => {
      if (out.includes(words)) return resolve();
      waiting.push({ words, resolve, reject });
    });
  return { child, says, ended };
}

const pidOf = (part: string) => Number(readFileSync(join(home, "logs", `${part}.pid`), "utf8"));

async function nothingRuns(): Promise<void> {
  for (const part of SERVICES) expect(await isRunning(pidOf(part), "watch-parent")).toBe(false);
}

test("a demo ends with each event as exactly one row, and says so", async () => {
  const { status, out } = await start("demo", { EVENTS: "200", SEED: "7" }).ended;
  expect(out).toContain("200 signed pull events, SEED=7");
  expect(out).toMatch(/accepted +204 +answers 202 of 204 \(4 events sent twice\)/);
  expect(out).toMatch(/unique +200/);
  expect(out).toMatch(/rows +200/);
  expect(out).toMatch(/duplicates removed +4/);
  expect(out).toMatch(/POST to queryable +p50 .+, p99 /);
  expect(out).toMatch(/│ acme\.example\/static +│ +\d+ │/);
  expect(out).toContain("Every one of the 200 events is exactly one row.");
  expect(status).toBe(0);
  await nothingRuns();
});

test("a second demo over the same state, with the same seed, is as exact, although each service is killed", async () => {
  const demo = start("demo", { EVENTS: "1000", SEED: "7" });
  await demo.says("sending  102/1020");
  for (const part of SERVICES) process.kill(pidOf(part), "SIGKILL");
  const { status, out } = await demo.ended;
  for (const part of SERVICES) expect(out).toContain(`${part} ended (SIGKILL)`);
  expect(out).toContain("Every one of the 1,000 events is exactly one row.");
  expect(out).toContain("The books balance: every one of ");
  expect(status).toBe(0);
});

test("Ctrl-C ends a demo in the middle and leaves nothing running", async () => {
  const demo = start("demo", { EVENTS: "100000" });
  await demo.says("processes are up");
  demo.child.kill("SIGINT");
  expect((await demo.ended).status).toBe(130);
  await nothingRuns();
});

test("while `make up` runs, events can be sent and queried, and a demo names what is in its way", async () => {
  const up = start("up");
  await up.says("Pullhouse is up.");
  const sent = await pullhouse(["send", "--events", "20"], env);
  expect(sent).toMatchObject({ status: 0, out: expect.stringContaining("accepted 20") as string });

  const count = "SELECT COUNT(*) AS n FROM dev_chainguard_registry_pull_v1 WHERE received_at > @t";
  const asked = await pullhouse(
    ["query", "--format", "csv", "--param", "t:TIMESTAMP=2020-01-01T00:00:00Z", "-"],
    env,
    count,
  );
  expect(asked).toMatchObject({ status: 0, error: "" });
  expect(asked.out).toMatch(/^n\n\d+\n$/);

  const { status, out } = await start("demo").ended;
  expect(out).toContain("a pipeline is running already");
  expect(out).toContain(
    `port ${env["PULLHOUSE_RECEIVER_PORT"]} (receiver) is taken: stop what listens there or set PULLHOUSE_RECEIVER_PORT`,
  );
  expect(status).toBe(1);

  up.child.kill("SIGINT");
  expect((await up.ended).status).toBe(0);
  await nothingRuns();
});
