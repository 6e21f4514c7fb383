/** The parts of the receiver's work, each alone in this process: checking signatures, publishing. */
import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { performance } from "node:perf_hooks";
import { createPublisher } from "#services/shared/gcp/pubsub.ts";
import { PROJECT, TOPIC } from "./bench-cloud.ts";
import { bodyOf, readTraffic, tokenOf } from "./traffic.ts";

/** As many publishes under way as the receiver has requests. */
const AT_ONCE = 64;

export type WorkOrder =
  | { readonly work: "verify"; readonly file: string; readonly jwk: JsonWebKey }
  | { readonly work: "publish"; readonly file: string; readonly emulatorHost: string };

export interface WorkResult {
  readonly seconds: number;
  readonly cpuMicroseconds: number;
  readonly count: number;
}

const verifications = (file: string) =>
  readTraffic(file).map((request) => {
    const [header = "", payload = "", signature = ""] = tokenOf(request).split(".");
    return { signed: Buffer.from(`${header}.${payload}`), signature: Buffer.from(signature, "base64url") };
  });

/** One after the other on this thread: as fast as one core is. @throws Error when a signature is wrong */
function prepareVerify(file: string, jwk: JsonWebKey): () => number {
  const imported = createPublicKey({ key: jwk, format: "jwk" });
  // Said of a key for RSA, which has no use for it, it makes the check slower by half.
  const key = jwk.kty === "EC" ? { key: imported, dsaEncoding: "ieee-p1363" as const } : imported;
  const tokens = verifications(file);
  return () => {
    for (const { signed, signature } of tokens) {
      if (!verify("sha256", signed, key, signature)) throw new Error("a signature is wrong");
    }
    return tokens.length;
  };
}

const publisherOf = new Map<string, ReturnType<typeof createPublisher>>();

function preparePublish(file: string, emulatorHost: string): () => Promise<number> {
  const known = publisherOf.get(emulatorHost);
  const publisher =
    known ??
    createPublisher({
      project: PROJECT,
      topic: TOPIC,
      timeoutMs: 10_000,
      requestTimeoutMs: 20_000,
      emulatorHost,
    });
  publisherOf.set(emulatorHost, publisher);
  const bodies = readTraffic(file).map(bodyOf);
  // The attributes that the receiver's messages carry, as many and as long.
  const attributes = Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [`ce-attribute${index}`, "x".repeat(40)]),
  );
  return async () => {
    let next = 0;
    const publishNext = async () => {
      for (let data = bodies[next++]; data !== undefined; data = bodies[next++]) {
        await publisher.publish({ data, attributes });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, publishNext));
    return bodies.length;
  };
}

async function run(order: WorkOrder): Promise<WorkResult> {
  const work =
    order.work === "verify"
      ? prepareVerify(order.file, order.jwk)
      : preparePublish(order.file, order.emulatorHost);
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const count = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { count, cpuMicroseconds: user + system, seconds: (performance.now() - begin) / 1000 };
}

process.on("message", (order) => {
  if (order === "usage") return;
  void run(order as WorkOrder).then((result) => process.send?.(result));
});
process.channel?.ref();
process.send?.("ready");
