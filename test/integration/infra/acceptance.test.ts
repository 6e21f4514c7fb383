/** `make acceptance` on the local cloud: a whole run is accepted, and runs in which something is wrong are not. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ASSUMPTIONS } from "#infra/acceptance/assumptions/index.ts";
import type { Deployment, Target } from "#infra/acceptance/deployment.ts";
import { localTarget } from "#infra/acceptance/local/target.ts";
import { reportText, writeReport } from "#infra/acceptance/report.ts";
import { type Acceptance, isAccepted, runAcceptance } from "#infra/acceptance/run.ts";
import { systemClock } from "#services/shared/clock.ts";
import { LACKING } from "#test/support/terraform.ts";

const folder = mkdtempSync(join(tmpdir(), "pullhouse-acceptance-"));
const dist = join(folder, "dist");
const EVENTS = 50;
const SEED = "a test's";

beforeAll(() => {
  execFileSync(process.execPath, ["build.ts", dist], { stdio: "inherit" });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

interface Changes {
  readonly isSigned?: boolean;
  readonly plugins?: string | undefined;
  readonly change?: (deployment: Deployment) => Promise<Deployment>;
  readonly signal?: AbortSignal;
}

async function accept({ isSigned = true, plugins, change = async (one) => one, signal }: Changes = {}) {
  const target = localTarget({
    prefix: "acc-0a1b2c",
    dist,
    windowSeconds: 0.5,
    isSigned,
    ...(plugins === undefined ? {} : { plugins }),
  });
  const changed: Target = { ...target, deploy: async (given) => change(await target.deploy(given)) };
  const acceptance: Acceptance = await runAcceptance({
    target: changed,
    settings: { events: EVENTS, seed: SEED, idleSeconds: 0, isKept: false },
    samples: 2,
    assumptions: ASSUMPTIONS,
    clock: systemClock,
    say: () => {},
    signal: signal ?? new AbortController().signal,
  });
  return { home: target.takeDown.replace("rm -r ", ""), acceptance, text: reportText(acceptance) };
}

const failedSteps = ({ steps }: Acceptance) => steps.filter(({ isOk }) => !isOk).map(({ name }) => name);
const seenIn = ({ steps }: Acceptance, name: string) => steps.find((step) => step.name === name)?.seen;

const plugins = LACKING === "" ? process.env["TF_PLUGIN_DIR"] : undefined;
const terraform = LACKING === "" ? ", Terraform having applied and destroyed its stack" : LACKING;

test(`a whole run is accepted, leaves nothing behind, and is reported${terraform}`, async () => {
  const { acceptance, text, home } = await accept({ plugins });
  expect(acceptance.steps.filter(({ isOk }) => !isOk)).toEqual([]);
  expect(acceptance.steps.map(({ name }) => name)).toEqual([
    "deploy",
    "samples of every sender",
    `${EVENTS} events while services are killed`,
    "MERGE refused",
    "one event on a quiet pipeline",
    "exact rows",
    "audit of every message",
    "doctor",
    "watch of the rows",
    "take down",
  ]);
  expect(seenIn(acceptance, `${EVENTS} events while services are killed`)).toContain(
    `51 requests, ${EVENTS} events; killed receiver, batcher, loader, batcher, loader, receiver`,
  );
  expect(seenIn(acceptance, "MERGE refused")).toContain("Access Denied");
  expect(existsSync(home)).toBe(false);

  // What an emulator imitates is checked here, too, and nothing else is said to hold.
  const { checked } = acceptance;
  expect(checked.map(({ id }) => id).toSorted()).toEqual(ASSUMPTIONS.map(({ id }) => id).toSorted());
  const here = ASSUMPTIONS.filter(({ onlyGoogle }) => onlyGoogle === undefined).map(({ id }) => id);
  const held = checked.filter(({ outcome }) => outcome === "held").map(({ id }) => id);
  expect(held.toSorted(), text).toEqual(here.toSorted());
  expect(checked.filter(({ outcome }) => outcome === "did not hold")).toEqual([]);
  expect(isAccepted(acceptance)).toBe(true);

  const [json = ""] = writeReport(acceptance, join(folder, "report"));
  expect(JSON.parse(readFileSync(json, "utf8"))).toMatchObject({ accepted: true, prefix: "acc-0a1b2c" });
  expect(text).toMatch(/On Google Cloud the same run would cost \$0\.\d{3} at list prices/);
  expect(text).toMatch(/Accepted\.\n$/);
}, 900_000);

test("unsigned, the events go to zot's route; one that is answered and lost is missed", async () => {
  const lying = await startLyingReceiver();
  try {
    const { acceptance, text } = await accept({
      isSigned: false,
      change: async (deployment) => ({
        ...deployment,
        receiverUrl: lying.before(deployment.receiverUrl),
      }),
    });
    expect(lying.lost).toBe(1);
    expect(isAccepted(acceptance)).toBe(false);
    expect(failedSteps(acceptance)).toEqual([`${EVENTS} events while services are killed`, "exact rows"]);
    expect(seenIn(acceptance, "samples of every sender")).toContain("of Chainguard's not");
    expect(seenIn(acceptance, "exact rows")).toMatch(/1 missing: zotregistry_image_updated \S+$/);
    expect(text).toMatch(/NOT accepted\.\n$/);
  } finally {
    await lying.close();
  }
}, 300_000);

test("an interrupted run is taken down and not accepted", async () => {
  const interruption = new AbortController();
  const { acceptance, home } = await accept({
    signal: interruption.signal,
    change: async (deployment) => {
      interruption.abort(new Error("stopped by SIGINT"));
      return deployment;
    },
  });
  expect(failedSteps(acceptance)).toEqual(["interrupted"]);
  expect(seenIn(acceptance, "take down")).toBe("nothing is left");
  expect(isAccepted(acceptance)).toBe(false);
  expect(existsSync(home)).toBe(false);
}, 120_000);

/** Stands before a receiver, and answers 202 to one of the many events, which it forgets. */
async function startLyingReceiver() {
  let target = "";
  let lost = 0;
  let lostId: string | undefined;
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = await buffer(incoming);
    const id = String(incoming.headers["ce-id"]);
    const isOfMany = incoming.url === "/zot" && !id.startsWith("acceptance-");
    // Also if it is sent twice.
    if (isOfMany && (lostId ??= id) === id) {
      lost = 1;
      outgoing.writeHead(202).end();
      return;
    }
    const { host: _own, ...headers } = incoming.headers;
    const onward = send(
      new URL(incoming.url ?? "/", target),
      { method: incoming.method, headers },
      (told) => {
        outgoing.writeHead(told.statusCode ?? 502, told.headers);
        told.pipe(outgoing);
      },
    );
    // As a receiver that was killed.
    onward.on("error", () => outgoing.destroy());
    onward.end(body);
  };
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    before(url: string) {
      target = url;
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    get lost() {
      return lost;
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
