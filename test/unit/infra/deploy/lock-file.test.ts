/** Terraform's dependency lock file between the checkout and the folder in which Terraform runs. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openLockFile } from "#infra/gcp/deploy/lock-file.ts";

const root = mkdtempSync(join(tmpdir(), "pullhouse-lock-"));
afterAll(() => rmSync(root, { recursive: true }));

/** As `terraform init` writes it. */
const locked = (version: string) => `# This file is maintained automatically by "terraform init".

provider "registry.terraform.io/hashicorp/google" {
  version     = "${version}"
  constraints = "${version}"
  hashes = [
    "h1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=",
  ]
}
`;

function folderOf(version: string): { folder: string; kept: string; used: string } {
  const folder = mkdtempSync(join(root, "stack-"));
  mkdirSync(folder, { recursive: true });
  const required_providers = { google: { source: "google", version } };
  writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify({ terraform: { required_providers } }));
  return { folder, kept: join(folder, "kept.lock.hcl"), used: join(folder, ".terraform.lock.hcl") };
}

test("the first init's file is taken back, and brought in for the next", () => {
  const { folder, kept, used } = folderOf("6.50.0");
  const lock = openLockFile(folder, kept);
  expect(lock.bringIn()).toBe("same-version");
  writeFileSync(used, locked("6.50.0"));
  lock.takeBack();
  expect(readFileSync(kept, "utf8")).toBe(locked("6.50.0"));

  rmSync(used);
  expect(lock.bringIn()).toBe("same-version");
  expect(readFileSync(used, "utf8")).toBe(locked("6.50.0"));
});

test("a file of another version lets Terraform choose again", () => {
  const { folder, kept } = folderOf("6.51.0");
  writeFileSync(kept, locked("6.50.0"));
  expect(openLockFile(folder, kept).bringIn()).toBe("other-version");
});
