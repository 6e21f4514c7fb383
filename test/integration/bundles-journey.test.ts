/** An event goes through the production bundles, which carry less of Google's clients than the packages ship. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, expect, test } from "vitest";
import { LOCAL_GROUP } from "#infra/local/environment.ts";
import { generateEvents } from "#services/cli/generate/generate.ts";
import { freePorts } from "#test/support/free-ports.ts";
import { startLivePipeline } from "#test/support/live-pipeline.ts";

/** Away from the checkout, so that no `node_modules` is in reach. */
const folder = mkdtempSync(join(tmpdir(), "pullhouse-journey-"));
const opened = new AsyncDisposableStack();
opened.defer(() => rmSync(folder, { recursive: true }));
afterAll(() => opened.disposeAsync());

interface Running {
  /** Resolves with the fields of the first line of this message. */
  logged(message: string): Promise<Record<string, unknown>>;
}

function start(service: string, env: NodeJS.ProcessEnv): Running {
  const child: ChildProcess = spawn(process.execPath, [join(folder, service, "main.js")], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  opened.defer(async () => {
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  });
  const lines: Record<string, unknown>[] = [];
  const reader = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  reader.on("line", (line) => lines.push(JSON.parse(line) as Record<string, unknown>));
  return {
    async logged(message) {
      for (;;) {
        const found = lines.find((line) => line["message"] === message);
        if (found !== undefined) return found;
        await Promise.race([
          once(reader, "line"),
          ended.then(() => Promise.reject(new Error(`${service} ended without "${message}"`))),
        ]);
      }
    },
  };
}

test("an event is published, drained and loaded, each service woken by the alarm of the one before", async () => {
  execFileSync(process.execPath, ["build.ts", folder], { stdio: "inherit" });
  const ports = await freePorts();
  const url = (part: string) => `http://127.0.0.1:${ports[`PULLHOUSE_${part}_PORT`]}`;
  // The pipeline lends its stand-ins; its own services are called by nobody.
  const cloud = await startLivePipeline({
    WINDOW_SECONDS: "3600",
    BATCHER_URL: url("BATCHER"),
    LOADER_URL: url("LOADER"),
  });
  opened.defer(() => cloud.stop());
  const environment = (part: string) => ({
    ...cloud.env,
    PATH: process.env["PATH"],
    WINDOW_SECONDS: "0.5",
    PORT: ports[`PULLHOUSE_${part}_PORT`],
    // The schemas beside the bundle, as on Cloud Run.
    SCHEMAS_FOLDER: "",
  });
  const services = Object.fromEntries(
    ["receiver", "batcher", "loader"].map((name) => [name, start(name, environment(name.toUpperCase()))]),
  ) as Record<"receiver" | "batcher" | "loader", Running>;
  await Promise.all(Object.values(services).map((service) => service.logged("listening")));

  const { headers, body } = generateEvents({ seed: "journey", group: LOCAL_GROUP, now: Date.now }).next()
    .value;
  const answer = await fetch(url("RECEIVER"), {
    method: "POST",
    headers: { ...headers, authorization: `Bearer ${await cloud.token(body)}` },
    body: Buffer.from(body),
  });

  expect(answer.status).toBe(202);
  expect(await services.receiver.logged("accepted")).toHaveProperty("messageId");
  expect(await services.batcher.logged("written")).toMatchObject({ rows: 1 });
  expect(await services.loader.logged("loaded")).toMatchObject({ inserted: 1 });
});
