/** `make module`: writes infra/terraform. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { moduleOf } from "./generate.ts";

const FOLDER = "infra/terraform";

const files = moduleOf("schemas");
for (const [name, text] of files) {
  const path = join(FOLDER, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
console.log(`${FOLDER}: ${[...files.keys()].join(", ")}`);
