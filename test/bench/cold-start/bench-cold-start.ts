/** How long a service takes from nothing: to listening, and to its first durable 2xx, bundled and not. */
import { join } from "node:path";
import { PubSub } from "@google-cloud/pubsub";
import { generateEvents } from "#services/cli/generate/generate.ts";
import { GROUP } from "#test/support/issuer.ts";
import { openBundledPlace } from "../bundled-place.ts";
import { type BenchOptions, type BenchReport, figure, group, inRounds, type Series } from "../measure.ts";
import { type FirstRequest, type Program, type Start, startOnce } from "./start-once.ts";

const SERVICES = ["receiver", "batcher", "loader"] as const;
type Service = (typeof SERVICES)[number];

const GOAL_LISTENING = { atMost: 1.1 };
const GOAL_FIRST = { atMost: 3 };

/**
 * What a batcher waits for an empty queue; it is not the start's. A shorter one would end before a busy machine has
 * connected.
 */
const PULL_WAIT_MS = 500;

const SERVER = `const server = createServer((request, response) => { request.resume().once("end", () => response.writeHead(204).end()); });
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ message: "listening", port: server.address().port })));`;
const BARE = `import { createServer } from "node:http"; ${SERVER}`;
/** An import reads Node's client for `fetch`, too, which the services do without; beside this, that is left out. */
const LEAN = `const { createServer } = process.getBuiltinModule("node:http"); ${SERVER}`;

const NOTHING: Omit<FirstRequest, "path"> = { headers: { "content-length": "0" }, body: new Uint8Array() };

export async function benchColdStart({ quick, progress }: BenchOptions): Promise<BenchReport> {
  const rounds = quick ? 2 : 11;
  progress("building the bundles and starting the stand-ins");
  await using place = await openPlace();
  const { folder, env, event } = place;
  const first: Record<Service, FirstRequest> = {
    receiver: event,
    batcher: { path: "/drain?recheck=1", ...NOTHING },
    loader: { path: "/load", ...NOTHING },
  };
  const alone = (service: Service): Program => ({
    args: [join(service, "main.js")],
    cwd: folder,
    env,
    first: first[service],
  });
  const bundled = (service: Service): Program => ({
    ...alone(service),
    // The image's has less in it, as build/warm.ts asks for /health alone. Written in the first round, which is not counted.
    env: { ...env, NODE_COMPILE_CACHE: join(folder, "compile-cache") },
  });
  const unbundled = (service: Service): Program => ({
    args: [join("services", service, "main.ts")],
    cwd: process.cwd(),
    env,
    first: first[service],
  });
  const server = (text: string): Program => ({
    args: ["--input-type=module", "--eval", text],
    cwd: folder,
    env,
    first: { path: "/", ...NOTHING },
  });
  const samples = await inRounds(
    rounds,
    {
      bare: () => startOnce(server(BARE)),
      lean: () => startOnce(server(LEAN)),
      receiver: () => startOnce(bundled("receiver")),
      batcher: () => startOnce(bundled("batcher")),
      loader: () => startOnce(bundled("loader")),
      receiverAlone: () => startOnce(alone("receiver")),
      batcherAlone: () => startOnce(alone("batcher")),
      loaderAlone: () => startOnce(alone("loader")),
      receiverUnbundled: () => startOnce(unbundled("receiver")),
      batcherUnbundled: () => startOnce(unbundled("batcher")),
      loaderUnbundled: () => startOnce(unbundled("loader")),
    },
    progress,
  );
  const series = (what: string, name: keyof typeof samples, value: keyof Start, less = 0): Series => ({
    what,
    samples: samples[name].map((start) => start[value] - less),
  });
  const bareListening = series("bare http", "bare", "listening");
  const leanListening = series("bare http without fetch", "lean", "listening");
  const bareFirst = series("bare http", "bare", "answered");
  const bareProcessor = series("bare http", "bare", "processor");
  return {
    title: "Cold start",
    figures: SERVICES.flatMap((service) => {
      const waits = service === "batcher" ? PULL_WAIT_MS : 0;
      const alone = `${service}Alone` as const;
      const source = `${service}Unbundled` as const;
      return [
        ...group(
          figure("ms", series(`${service} listens`, service, "listening"), bareListening, GOAL_LISTENING),
          figure("ms", series("beside a server without fetch", service, "listening"), leanListening),
          figure("ms", series("without a compile cache", alone, "listening"), bareListening),
          figure("ms", series("unbundled", source, "listening"), bareListening),
        ),
        ...group(
          figure(
            "ms",
            series(`${service}, first durable 2xx`, service, "answered", waits),
            bareFirst,
            GOAL_FIRST,
          ),
          figure("ms", series("processor time until then", service, "processor"), bareProcessor),
          figure("ms", series("without a compile cache", alone, "answered", waits), bareFirst),
          figure("ms", series("unbundled", source, "answered", waits), bareFirst),
        ),
      ];
    }),
    notes: [
      `Milliseconds since the spawn, medians of ${rounds} rounds; the stand-ins run all the time.`,
      "First: a signed event accepted and published; an empty drain; an empty load.",
      `Of the batcher's first answer the ${PULL_WAIT_MS} ms are left out that it waits for an empty queue.`,
    ],
  };
}

interface Place extends AsyncDisposable {
  /** The bundles, away from the checkout. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly event: FirstRequest;
}

async function openPlace(): Promise<Place> {
  await using stack = new AsyncDisposableStack();
  const { folder, env, issuer } = stack.use(await openBundledPlace());
  const topic = "cold-start";
  const admin = new PubSub({
    projectId: env["GOOGLE_CLOUD_PROJECT"] as string,
    apiEndpoint: env["PUBSUB_EMULATOR_HOST"] as string,
    emulatorMode: true,
  });
  // A topic without a subscription, so that the batcher's queue stays empty.
  await admin.createTopic(topic);
  await admin.close();
  const { headers, body } = generateEvents({ seed: "cold-start", group: GROUP, now: Date.now }).next().value;
  const claims = { exp: Math.floor(Date.now() / 1000) + 3600 };
  const token = await issuer.token(body, { claims });
  const kept = stack.move();
  return {
    folder,
    env: { ...env, PUBSUB_TOPIC: topic, PULL_WAIT_MS: String(PULL_WAIT_MS) },
    event: {
      path: "/",
      headers: { ...headers, authorization: `Bearer ${token}`, "content-length": String(body.length) },
      body,
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
