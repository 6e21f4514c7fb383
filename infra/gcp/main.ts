/** `make synth`: writes the Terraform of `pullhouse.config.json` to `cdktf.out/stacks/pullhouse/`. */

import { ConfigFileError } from "./config.ts";
import { readConfigFile } from "./config-file.ts";
import { synthesize } from "./synthesize.ts";

try {
  const { config, file, isExample } = readConfigFile(process.env, process.cwd());
  const { path, resources } = synthesize(config, "cdktf.out");
  if (isExample)
    console.log(`There is no pullhouse.config.json; this is ${file}. Copy it and make it yours.`);
  console.log(`${path}: ${resources} resources`);
} catch (error) {
  if (!(error instanceof ConfigFileError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
