/** The Dockerfile, step by step, without Docker: what is in the image is enough, for somebody who may write nothing. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fillContext } from "#infra/gcp/deploy/image.ts";
import { environmentOf } from "#test/support/applied-stack.ts";
import { buildImage, type Image, runCommand } from "#test/support/dockerfile.ts";
import { PROJECT, synthesizeStack } from "#test/support/stack.ts";

const canUnshare = spawnSync("unshare", ["--mount", "true"]).status === 0 && process.getuid?.() === 0;
const needsRoot = canUnshare ? test : test.skip;
const because = canUnshare ? "" : " (skipped: it takes root and `unshare --mount`)";

const stack = synthesizeStack();
const folder = mkdtempSync(join(tmpdir(), "pullhouse-image-"));
let image: Image;

beforeAll(() => {
  execFileSync(process.execPath, ["build.ts", join(folder, "dist")], { stdio: "inherit" });
  fillContext(join(folder, "context"), join(folder, "dist"));
  if (canUnshare) image = buildImage(join(folder, "context"), join(folder, "root"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("the build gets the bundles, the Dockerfile and nothing else", () => {
  expect(readdirSync(join(folder, "context")).toSorted()).toEqual(["Dockerfile", "cloudbuild.yaml", "dist"]);
});

test("the bundles have the files that days are counted by beside them", () => {
  for (const kind of ["rollups", "views", "views/parts"]) {
    const files = readdirSync(join("schemas", kind));
    expect(files.length).toBeGreaterThan(0);
    expect(readdirSync(join(folder, "context/dist/schemas", kind))).toEqual(files);
  }
});

test("it ends as nobody, by number", () => {
  const users = [...readFileSync("infra/gcp/Dockerfile", "utf8").matchAll(/^USER (.*)$/gm)].map(
    ([, user]) => user,
  );
  expect(users.at(-1)).toMatch(/^[1-9]\d*:[1-9]\d*$/);
});

needsRoot.each(["receiver", "batcher", "loader"])(
  `%s runs in it, its file system read-only${because}`,
  async (service) => {
    const name = service === "receiver" ? "receiver-us-central1" : service;
    const { args } = stack.one("google_cloud_run_v2_service", name)["template"].containers[0];
    const [program, parameters] = runCommand(image, args as string[]);
    const child = spawn(program, parameters, {
      env: {
        ...image.env,
        ...environmentOf(stack, name, PROJECT),
        PATH: process.env["PATH"] ?? "",
        ROOT: image.root,
        HOST: "127.0.0.1",
        PORT: "0",
        // Nobody is there: a service starts all the same.
        PUBSUB_EMULATOR_HOST: "127.0.0.1:9",
        STORAGE_EMULATOR_HOST: "http://127.0.0.1:9",
        BIGQUERY_EMULATOR_HOST: "http://127.0.0.1:9",
        CLOUD_TASKS_EMULATOR_HOST: "127.0.0.1:9",
        CHAINGUARD_ISSUER: "http://127.0.0.1:9",
        METADATA_SERVER_DETECTION: "none",
        // Node then says what it reads from its compile cache.
        NODE_DEBUG_NATIVE: "COMPILE_CACHE",
      },
    });
    const errors = text(child.stderr);
    const status = (key: string) =>
      new RegExp(`^${key}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1];
    for await (const line of createInterface({ input: child.stdout })) {
      const { message, port } = JSON.parse(line) as { message: string; port?: number };
      if (message !== "listening") continue;
      const health = await fetch(`http://127.0.0.1:${port}/health`);
      expect(health.status).toBe(200);
      expect([status("Uid"), status("Gid")]).toEqual(["65532", "65532"]);
      // Fields 5 and 6 of proc_pid_mountinfo(5): where it is mounted, and how.
      const mounts = readFileSync(`/proc/${child.pid}/mountinfo`, "utf8")
        .split("\n")
        .map((mount) => mount.split(" "));
      expect(mounts.find(([, , , , point]) => point === "/")?.[5]).toMatch(/^ro(,|$)/);
      child.kill("SIGTERM");
    }
    const code = child.exitCode ?? ((await once(child, "exit")) as [number])[0];
    expect(code).toBe(0);
    expect(await errors).toMatch(
      new RegExp(`reading cache from .* for ESM file:///app/${service}/main\\.js\\.\\.\\..*success`),
    );
    expect(await errors).not.toContain("permission denied");
  },
);

needsRoot(`there is no shell in it${because}`, () => {
  const { status } = spawnSync("chroot", [image.root, "/bin/sh", "-c", "true"]);
  expect(status).toBe(127);
});
