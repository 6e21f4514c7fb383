/** Every reference names something: what Terraform would say at its first plan, said here. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { COMPLETE } from "#test/support/every-stack.ts";
import { type Stack, synthesizeStack } from "#test/support/stack.ts";

const everything = synthesizeStack(COMPLETE);
/** Without Chainguard's provider, which few have at hand. */
const googles = synthesizeStack({ ...COMPLETE, chainguard: { groups: COMPLETE.chainguard.groups } });

test("every ${…} and every depends_on is a resource, a data source or a variable of the stack", () => {
  const { resource, variable, data } = everything as typeof everything & { data: Record<string, object> };
  const known = (address: string) => {
    const [first = "", second = "", third = ""] = address.split(".");
    if (first === "var") return variable[second] !== undefined;
    if (first === "data") return Object.hasOwn(data[second] ?? {}, third);
    return resource[first]?.[second] !== undefined;
  };
  const inText = [...everything.text.matchAll(/\$\{((?:var|data|google_|chainguard_)[^}(]*)\}/g)].map(
    ([, one]) => one ?? "",
  );
  const needed = Object.values(resource).flatMap((byName) =>
    Object.values(byName).flatMap(({ depends_on: needs }) => (needs ?? []) as string[]),
  );
  expect(inText.length).toBeGreaterThan(100);
  expect([...inText, ...needed].filter((address) => !known(address))).toEqual([]);
});

const terraform = spawnSync("terraform", ["version"]).status === 0;
const plugins = process.env["TF_PLUGIN_DIR"];

/** Terraform in a folder with the stack, whose state nobody has. */
function run(synthesized: Stack, ...args: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "pullhouse-terraform-"));
  try {
    const { backend: _ours, ...block } = synthesized.terraform;
    const { all: _all, one: _one, text: _text, ...stack } = synthesized;
    writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify({ ...stack, terraform: block }));
    const env = { ...process.env, TF_CLI_CONFIG_FILE: undefined, CHECKPOINT_DISABLE: "1" };
    if (plugins !== undefined && synthesized === googles)
      execFileSync("terraform", ["init", "-input=false", `-plugin-dir=${resolve(plugins)}`], {
        cwd: folder,
        env,
      });
    return execFileSync("terraform", args, { cwd: folder, env, encoding: "utf8" });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.runIf(terraform)("Terraform reads it, and finds the providers it asks for", () => {
  const providers = run(everything, "providers");
  expect(providers).toContain("hashicorp/google] 6.50.0");
  expect(providers).toContain("chainguard-dev/chainguard]");
  expect(run(everything, "fmt", "-check")).toBe("");
  expect(providers).not.toContain("google-beta");
});

const canValidate = terraform && plugins !== undefined && existsSync(plugins);
const because = canValidate
  ? ""
  : " (skipped: it takes terraform and TF_PLUGIN_DIR, a folder with the providers)";

test.runIf(canValidate)(`Terraform and the provider find it valid${because}`, () => {
  expect(run(googles, "validate", "-no-color")).toContain("Success!");
});
