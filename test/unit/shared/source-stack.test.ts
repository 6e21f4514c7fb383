/** A bundle's stack names the sources, and nothing that is wrong with a map hides the error. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, expect, test } from "vitest";
import { sourceStack } from "#services/shared/source-stack.ts";

const folder = mkdtempSync(join(tmpdir(), "pullhouse-stack-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SOURCE = `// The first line of the source.
function stackOf(reason: string): string {
  return new Error(reason).stack ?? "";
}
process.stdout.write(stackOf("on purpose"));
`;

/** The stack of an error in a bundle, in a process of its own: the test runner's reads source maps itself. */
async function stackFrom(name: string): Promise<{ stack: string; url: string }> {
  const outfile = join(folder, name, "bundle.mjs");
  await build({
    stdin: { contents: SOURCE, sourcefile: "broken.ts", loader: "ts", resolveDir: folder },
    outfile,
    format: "esm",
    minify: true,
    sourcemap: "linked",
  });
  return {
    stack: execFileSync(process.execPath, [outfile], { encoding: "utf8" }),
    url: pathToFileURL(outfile).href,
  };
}

test("a place in the bundle becomes the place in the source", async () => {
  const { stack, url } = await stackFrom("mapped");
  expect(stack).toContain(`${url}:1:`);
  expect(sourceStack(stack)).toMatch(/^Error: on purpose\n {4}at \w+ \(.*broken\.ts:3:10\)/);
  expect(sourceStack(stack)).not.toContain(url);
});

test.each([
  ["missing", (map: string) => rmSync(map)],
  ["broken", (map: string) => writeFileSync(map, "{")],
])("with a map that is %s the stack stays as it is", async (name, spoil) => {
  const { stack } = await stackFrom(name);
  spoil(join(folder, name, "bundle.mjs.map"));
  expect(stack).toContain("on purpose");
  expect(sourceStack(stack)).toBe(stack);
});
