/** A root for Terraform that needs no provider, and of whose resources one takes long. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export function createSlowRoot() {
  const folder = mkdtempSync(join(tmpdir(), "pullhouse-slow-"));
  const terraform_data = {
    quick: {},
    slow: {
      depends_on: ["terraform_data.quick"],
      provisioner: [{ "local-exec": { command: "sleep 60" } }],
    },
    after: { depends_on: ["terraform_data.slow"] },
  };
  writeFileSync(join(folder, "main.tf.json"), JSON.stringify({ resource: { terraform_data } }));
  return {
    folder,
    /** Of what the state holds. */
    addresses(): readonly string[] {
      const { resources } = JSON.parse(readFileSync(join(folder, "terraform.tfstate"), "utf8")) as {
        resources: { type: string; name: string }[];
      };
      return resources.map(({ type, name }) => `${type}.${name}`).toSorted();
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
