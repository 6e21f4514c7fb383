/** When the image is built anew, and on which base. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readDeployConfig } from "#infra/gcp/config.ts";
import { buildImage } from "#infra/gcp/deploy/image.ts";
import { scriptedTools } from "#test/support/scripted-tools.ts";
import { GROUP, PROJECT } from "#test/support/stack.ts";

const BASE = "gcr.io/distroless/nodejs24-debian12";
const BUILT = `sha256:${"b".repeat(64)}`;
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

const dist = mkdtempSync(join(tmpdir(), "pullhouse-dist-"));
writeFileSync(join(dist, "bundle.js"), "");
afterAll(() => rmSync(dist, { recursive: true }));

/**
 * @param baseDigest what gcloud says of the base's tag
 * @param isBuilt whether the repository has the image already
 */
async function build(baseDigest: string | undefined, isBuilt = false) {
  const config = readDeployConfig(
    { project: PROJECT, region: "us-central1", chainguard: { groups: [GROUP] } },
    "the test's settings",
  );
  const said: string[] = [];
  let substitutions = "";
  const tools = scriptedTools({
    say: (text) => said.push(text),
    stream: (_command, line) => {
      substitutions = line.find((part) => part.startsWith("--substitutions=")) ?? "";
      return Promise.resolve(0);
    },
    ask: (_command, group) => {
      if (group === "container") return Promise.resolve(baseDigest);
      return Promise.resolve(isBuilt || substitutions !== "" ? BUILT : undefined);
    },
  });
  const image = await buildImage(config, dist, tools, "make deploy");
  const [, tag, base] = /^--substitutions=_IMAGE=\S+:([0-9a-f]{32}),_BASE=(\S+)$/.exec(substitutions) ?? [];
  return { image, tag, base, said };
}

test("the image stands on a base that is named by its digest, and a new base is a new image", async () => {
  const [first, same, other] = await Promise.all([
    build(digest("a")),
    build(digest("a")),
    build(digest("c")),
  ]);
  expect(first.image).toMatch(/\/services@sha256:b{64}$/);
  expect(first.base).toBe(`${BASE}@${digest("a")}`);
  expect(same.tag).toBe(first.tag);
  expect(other.tag).not.toBe(first.tag);
});

test("bundles on the same base are not built again", async () => {
  const { image, tag } = await build(digest("a"), true);
  expect(image).toMatch(/\/services@sha256:b{64}$/);
  expect(tag).toBeUndefined();
});

test("a base whose digest nobody tells is taken by its tag and built each time, and that is said", async () => {
  const { base, said } = await build(undefined, true);
  expect(base).toBe(`${BASE}:nonroot`);
  expect(said.join()).toContain(`does not name the digest of ${BASE}:nonroot`);
});
