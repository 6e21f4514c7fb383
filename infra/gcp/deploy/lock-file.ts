/** Keeps Terraform's dependency lock file in the checkout, since `make synth` writes the folder in which Terraform runs. */
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** https://developer.hashicorp.com/terraform/language/files/dependency-lock */
const NAME = ".terraform.lock.hcl";

/** The team's copy, for git. */
const KEPT = join(import.meta.dirname, "..", "terraform.lock.hcl");

const stack = z.object({
  terraform: z.object({
    required_providers: z.record(z.string(), z.object({ version: z.string().optional() })).default({}),
  }),
});

export interface LockFile {
  /** @returns whether the copy is of another version than the stack asks for, so that Terraform has to choose again */
  bringIn(): "same-version" | "other-version";
  takeBack(): void;
}

/**
 * @param folder of `cdk.tf.json`
 * @param kept the copy that outlives the folder
 */
export function openLockFile(folder: string, kept = KEPT): LockFile {
  const used = join(folder, NAME);
  return {
    bringIn() {
      if (!existsSync(kept)) return "same-version";
      copyFileSync(kept, used);
      const { terraform } = stack.parse(JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8")));
      const wanted = Object.values(terraform.required_providers).flatMap(({ version }) => version ?? []);
      const locked = [...readFileSync(kept, "utf8").matchAll(/^\s*constraints\s*=\s*"(.*)"$/gm)];
      const isSame = locked.every(([, constraint = ""]) => wanted.includes(constraint));
      return isSame ? "same-version" : "other-version";
    },
    takeBack() {
      if (existsSync(used)) copyFileSync(used, kept);
    },
  };
}
