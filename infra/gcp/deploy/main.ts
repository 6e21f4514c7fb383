/** `make plan`, `make deploy`, `make destroy`. */
import { existsSync } from "node:fs";
import { ConfigFileError } from "../config.ts";
import { readConfigFile } from "../config-file.ts";
import { deploy } from "./deploy.ts";
import { type Deployment, openDeployment, step } from "./deployment.ts";
import { destroy } from "./destroy.ts";
import { plan } from "./plan.ts";
import { createSystemTools, DeployError } from "./tools.ts";

const COMMANDS: Readonly<Record<string, (deployment: Deployment) => Promise<unknown>>> = {
  plan: (deployment) => plan(deployment, process.env["DESTROY"] === "1"),
  deploy: (deployment) => deploy(deployment),
  destroy,
};

try {
  const name = process.argv[2] ?? "";
  const command = COMMANDS[name];
  if (command === undefined) throw new DeployError(`takes one of ${Object.keys(COMMANDS).join(", ")}`);
  const { config, file, isExample } = readConfigFile(process.env, process.cwd());
  if (isExample)
    throw new DeployError(
      `there is no pullhouse.config.json: copy ${file} and make it yours (docs/operate/deploy.md)`,
    );
  if (name === "deploy" && !existsSync("dist")) throw new DeployError("there are no bundles: make build");
  const tools = createSystemTools(process);
  step({ tools }, `${name}: what is needed`);
  await command(await openDeployment(config, tools, { env: process.env }));
} catch (error) {
  if (!(error instanceof DeployError || error instanceof ConfigFileError)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
