/** Requests made at random, written to raw sockets: none is answered with a fault of ours, and the rules hold for each. */
import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { below, chance, createRandom, pick, type Random } from "#services/cli/generate/random.ts";
import { fromMessage } from "#services/shared/message.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { ownerOf, type SenderId } from "#services/shared/type-owners.ts";
import { makeKey, startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { startReceiver, type TestReceiver } from "#test/support/receiver.ts";

const REQUESTS = Number(process.env["FUZZ_REQUESTS"] ?? 3_000);
const SEED = process.env["SEED"] ?? String(Date.now() % 1_000_000);
const ROUND = 1_000;
const WORKERS = 16;

const VALUE = "value-that-is-right-1234";
const WRONG = "value-that-is-wrong-5678";
const PLANTED = "a-password-in-the-data";
const PATHS: Readonly<Record<SenderId, string>> = {
  chainguard: "/",
  zot: "/zot",
  msr: `/msr/${VALUE}`,
  harbor: "/harbor",
  distribution: "/distribution",
};
const SENDERS = Object.keys(PATHS) as SenderId[];
const registry = loadRegistry();
const TYPES = [
  ...registry.tables.keys(),
  "zotregistry.new",
  "dev.chainguard.new",
  "com.example.x",
  "x",
  "harbor.",
];

let issuer: TestIssuer;
let receiver: TestReceiver;
/** A signature takes as long as all the rest of a request: some bodies are signed before, and used again and again. */
const signed: { readonly body: Buffer; readonly token: string }[] = [];

beforeAll(async () => {
  issuer = await startTestIssuer();
  issuer.keys.splice(0, 1, await makeKey("ES256"));
  const env = {
    ZOT_TOKENS: VALUE,
    MSR_SECRETS: VALUE,
    HARBOR_AUTHORIZATION: `Bearer ${VALUE}`,
    DISTRIBUTION_AUTHORIZATION: `Bearer ${VALUE}`,
    MAX_BODY_BYTES: "65536",
  };
  receiver = await startReceiver({ issuer, env });
  const random = createRandom(`${SEED} signed`);
  for (let index = 0; index < 200; index++) {
    const body = bodyOf(random, "chainguard", pick(random, TYPES), pick(random, MODES));
    // A run of five million takes longer than the five minutes of a token.
    const exp = Math.floor(Date.now() / 1_000) + 86_400;
    signed.push({ body, token: await issuer.token(body, { claims: { exp } }) });
  }
});
afterAll(async () => {
  await receiver.stop();
  await issuer.close();
});

const MODES = ["binary", "structured", "batched"] as const;
type Mode = (typeof MODES)[number];
const CONTENT_TYPES: Readonly<Record<Mode, string>> = {
  binary: "application/json",
  structured: "application/cloudevents+json",
  batched: "application/cloudevents-batch+json",
};

function noise(random: Random, length: number): string {
  return Array.from({ length }, () => String.fromCharCode(32 + below(random, 224))).join("");
}

function dataOf(random: Random): string {
  const secret = chance(random, 0.2) ? { password: PLANTED } : {};
  const deep = chance(random, 0.02) ? JSON.parse(`${"[".repeat(300)}${"]".repeat(300)}`) : [];
  const text = noise(random, below(random, 40)).repeat(chance(random, 0.02) ? 500 : 1);
  return JSON.stringify({ ...secret, deep, text, n: below(random, 1e9), body: { tag: text } });
}

function bodyOf(random: Random, sender: SenderId, type: string, mode: Mode): Buffer {
  const data = dataOf(random);
  const id = String(below(random, 1e9));
  const event = `{"specversion":"1.0","id":"${id}","source":"s","type":${JSON.stringify(type)},"data":${data}}`;
  const own: Partial<Record<SenderId, string>> = {
    msr: `{"type":"${pick(random, ["TAG_PULL", "NEW", type])}","createdAt":"x","contents":${data}}`,
    harbor: chance(random, 0.5) ? event : `{"type":"PULL_ARTIFACT","occur_at":1,"event_data":${data}}`,
    distribution: `{"events":[{"id":"${id}","action":"pull","x":${data}},{"action":${below(random, 9)},"x":${data}}]}`,
  };
  const structured = mode === "structured" ? event : `[${event},${event}]`;
  return Buffer.from(own[sender] ?? (mode === "binary" ? data : structured));
}

/** Framing that is wrong, and ends its connection. */
const BROKEN = ["short", "long", "both", "bad chunk"] as const;
type Framing = "right" | "chunked" | (typeof BROKEN)[number];

interface Made {
  readonly bytes: Buffer;
  /** Whether another request can follow on the connection. */
  readonly isWhole: boolean;
  readonly isAuthentic: boolean;
}

function makeRequest(random: Random, number: number): Made {
  const sender = pick(random, SENDERS);
  const mode = pick(random, MODES);
  const type = pick(random, TYPES);
  const signature = sender === "chainguard" ? pick(random, signed) : undefined;
  let body = signature?.body ?? bodyOf(random, sender, type, mode);
  if (signature === undefined && chance(random, 0.1))
    body = Buffer.concat([
      body.subarray(0, below(random, body.length + 1)),
      Buffer.from(noise(random, 9), "latin1"),
    ]);
  if (chance(random, 0.01)) body = Buffer.alloc(70_000, "x");
  const headers: [string, string][] = [["host", "x"]];
  const credentials = pick(random, ["right", "right", "right", "right", "right", "wrong", "none", "twice"]);
  const right = `Bearer ${signature?.token ?? VALUE}`;
  if (credentials === "right" || credentials === "twice") headers.push(["authorization", right]);
  if (credentials === "wrong" || credentials === "twice") headers.push(["Authorization", `Bearer ${WRONG}`]);
  headers.push(["content-type", chance(random, 0.05) ? noise(random, 20) : CONTENT_TYPES[mode]]);
  if (mode === "binary")
    headers.push(["ce-id", String(number)], ["ce-source", "s"], ["ce-type", type], ["ce-specversion", "1.0"]);
  for (let more = below(random, 4); more > 0; more--) {
    const name = pick(random, [
      "ce-id",
      "ce-time",
      "ce-x",
      "ce-subject",
      "x",
      "content-encoding",
      "traceparent",
      "ce-__proto__",
    ]);
    headers.push([
      name,
      chance(random, 0.01) ? "y".repeat(below(random, 80_000)) : noise(random, below(random, 30)),
    ]);
  }
  const path = sender === "msr" && credentials !== "right" ? "/msr/not-the-secret" : PATHS[sender];
  const odd = pick(random, ["/nothing", "*", path.slice(0, -1) || "/%zz", "//", "/\u00ff"]);
  const target = chance(random, 0.1) ? odd : pick(random, [path, `${path}?x=1`]);
  const method = chance(random, 0.95) ? "POST" : pick(random, ["GET", "OPTIONS", "PUT", "BREW"]);
  const framing = chance(random, 0.1)
    ? pick(random, BROKEN)
    : pick<Framing>(random, ["right", "right", "chunked"]);
  const frames: Record<Framing, () => Buffer> = {
    right: () => body,
    chunked: () => chunked(random, body),
    short: () => body.subarray(0, body.length >> 1),
    long: () => Buffer.concat([body, Buffer.from(noise(random, 9), "latin1")]),
    both: () => chunked(random, body),
    "bad chunk": () => Buffer.concat([Buffer.from("zz\r\n"), body]),
  };
  if (framing === "chunked" || framing === "bad chunk") headers.push(["transfer-encoding", "chunked"]);
  else headers.push(["content-length", String(body.length)]);
  if (framing === "both") headers.push(["transfer-encoding", "chunked"]);
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines}\r\n`, "latin1");
  const bytes = Buffer.concat([head, frames[framing]()]);
  return {
    bytes,
    isWhole: (framing === "right" || framing === "chunked") && method === "POST",
    isAuthentic: credentials === "right",
  };
}

function chunked(random: Random, body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const part = body.subarray(at, (at += 1 + below(random, body.length)));
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n"));
  }
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}

interface Answered {
  readonly status: number;
  readonly accepted: number;
  readonly isProblem: boolean;
  readonly isLast: boolean;
}

/** The first answer in the text, if it is whole. */
function answerIn(text: string): (Answered & { readonly length: number }) | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const head = text.slice(0, end).toLowerCase();
  const status = Number(head.slice("http/1.1 ".length, "http/1.1 200".length));
  const length = end + 4 + Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0);
  if (text.length < length) return undefined;
  return {
    status,
    length,
    accepted: Number(/^\{"accepted":(\d+)\}$/.exec(text.slice(end + 4, length))?.[1] ?? 0),
    isProblem: head.includes("content-type: application/problem+json"),
    isLast: head.includes("connection: close"),
  };
}

/** Writes a request and reads what comes, until it is answered or the connection is over. */
function exchange(socket: Socket, { bytes, isWhole }: Made): Promise<Answered | undefined> {
  return new Promise((resolve) => {
    let text = "";
    const done = (answer: Answered | undefined) => {
      socket.off("data", onData).off("close", onClose);
      resolve(answer);
    };
    const onData = (chunk: Buffer) => {
      text += chunk.toString("latin1");
      const answer = answerIn(text);
      if (answer !== undefined) done(answer);
    };
    const onClose = () => done(answerIn(text));
    socket.on("data", onData).on("close", onClose);
    if (isWhole) socket.write(bytes);
    else socket.end(bytes);
  });
}

/** How often each status was answered; `none` is an end of the connection without an answer. */
const counts = new Map<string, number>();
let accepted = 0;
let published = 0;
const faults: string[] = [];

function judgeAnswer(made: Made, answer: Answered | undefined, number: number): void {
  const status = String(answer?.status ?? "none");
  counts.set(status, (counts.get(status) ?? 0) + 1);
  accepted += answer?.accepted ?? 0;
  const isKnown = [
    "none",
    "200",
    "202",
    "204",
    "400",
    "401",
    "403",
    "404",
    "405",
    "408",
    "413",
    "415",
    "431",
  ].includes(status);
  const isWrong =
    !isKnown || (status.startsWith("4") && !answer?.isProblem) || (status === "202" && !made.isAuthentic);
  if (isWrong)
    faults.push(`request ${number}: ${status} ${made.bytes.subarray(0, 2_000).toString("latin1")}`);
}

/** A run of millions keeps nothing of what was right. */
function judgeMessages(): void {
  for (const message of receiver.published.splice(0)) {
    published += 1;
    const { event, receipt } = fromMessage(message);
    const isForeign = ownerOf(event.type) !== receipt.source;
    if (isForeign && receipt.unreadable === undefined) faults.push(`${receipt.source} posted ${event.type}`);
    const text = `${JSON.stringify(message.attributes)}${Buffer.from(message.data).toString()}${Buffer.from(event.data).toString()}`;
    if (text.includes(PLANTED) && isJson(event.data)) faults.push(`a planted secret of ${receipt.source}`);
  }
  const log = JSON.stringify(receiver.logs.splice(0));
  for (const secret of [VALUE, WRONG, PLANTED, ...signed.map(({ token }) => token.slice(-40))])
    if (log.includes(secret)) faults.push(`the log has ${createHash("sha256").update(secret).digest("hex")}`);
  if (/"severity":"ERROR"|"severity":"CRITICAL"/.test(log)) faults.push(log.slice(0, 2_000));
}

function isJson(data: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(data).toString());
    return true;
  } catch {
    return false;
  }
}

test(`${REQUESTS} requests made at random (SEED=${SEED})`, { timeout: 30_000 + REQUESTS * 50 }, async () => {
  for (let from = 0; from < REQUESTS; from += ROUND) {
    let next = from;
    const work = async () => {
      let socket: Socket | undefined;
      for (let number = next++; number < Math.min(from + ROUND, REQUESTS); number = next++) {
        const made = makeRequest(createRandom(`${SEED} ${number}`), number);
        if (socket === undefined || socket.destroyed) {
          socket = await receiver.connect();
          socket.on("error", () => {});
        }
        const answer = await exchange(socket, made);
        judgeAnswer(made, answer, number);
        if (made.isWhole && answer !== undefined && !answer.isLast) continue;
        socket.destroy();
        socket = undefined;
      }
      socket?.destroy();
    };
    await Promise.all(Array.from({ length: WORKERS }, work));
    judgeMessages();
    expect(faults).toEqual([]);
  }
  console.log(
    `raw requests, SEED=${SEED}: ${[...counts].map(([status, count]) => `${count} × ${status}`).join(", ")}`,
  );
  // Whoever was not there any more to hear of it may have posted an event, too.
  expect(published).toBeGreaterThanOrEqual(accepted);
  expect(accepted).toBeGreaterThan(REQUESTS / 10);
  for (const status of ["202", "400", "401", "403", "404", "413", "415"])
    expect(counts.get(status) ?? 0, status).toBeGreaterThan(0);
});
