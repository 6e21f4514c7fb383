/** `make plan`, `make deploy`, `make destroy`: what is done, step by step, and nothing before all that it needs is there. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { ConfigFileError, type DeployConfig } from "../config.ts";
import { readConfigFile } from "../config-file.ts";
import { synthesize } from "../synthesize.ts";
import { checkAll } from "./checks.ts";
import { buildImage, IMAGE_NEEDS } from "./image.ts";
import { divide } from "./keep.ts";
import { checkSecrets, secretTargets } from "./secrets.ts";
import { smokeTest } from "./smoke.ts";
import { createTerraform, NO_IMAGE, type Terraform } from "./terraform.ts";
import { DeployError, systemTools, type Tools } from "./tools.ts";

interface Deployment {
  readonly config: DeployConfig;
  readonly stackFile: string;
  readonly terraform: Terraform;
  readonly tools: Tools;
  /** YES=1: nobody is there to be asked. */
  readonly isApproved: boolean;
}

const COMMANDS: Readonly<Record<string, (deployment: Deployment) => Promise<void>>> = {
  plan,
  deploy,
  destroy,
};

async function plan({ terraform }: Deployment): Promise<void> {
  await terraform.init();
  await terraform.plan((await terraform.output("image")) ?? NO_IMAGE);
}

async function deploy({ config, terraform, tools, isApproved }: Deployment): Promise<void> {
  step(tools, "terraform init");
  await terraform.init();
  const targets = [...IMAGE_NEEDS, ...secretTargets(config)];
  step(tools, "what the image needs: repository, build account, bucket, secrets");
  await terraform.apply((await terraform.output("image")) ?? NO_IMAGE, { isApproved, targets });
  await checkSecrets(config, tools);
  step(tools, "the image");
  const image = await buildImage(config, "dist", tools);
  tools.say(`  ${image}`);
  step(tools, "everything");
  await terraform.apply(image, { isApproved });
  step(tools, "one event, from the queue to its row");
  const url = await terraform.output("webhook_url");
  if (url === undefined) throw new DeployError("terraform has no output webhook_url");
  await smokeTest(config, url, tools);
  tools.say(`\ndeployed. Senders post to ${url}; what to do next:`);
  await tools.show(terraform.command, `-chdir=${join("cdktf.out", "stacks", "pullhouse")}`, "output");
}

async function destroy({ config, stackFile, terraform, tools, isApproved }: Deployment): Promise<void> {
  const { resource } = JSON.parse(readFileSync(stackFile, "utf8")) as {
    resource: Record<string, Record<string, unknown>>;
  };
  const { kept, destroyed } = divide(resource);
  const { bucket, dataset } = {
    bucket: (await terraform.output("bucket")) ?? "the bucket",
    dataset: config.dataset,
  };
  const isAll = !config.deletionProtection;
  tools.say(
    isAll
      ? `everything goes, with all events: gs://${bucket} and dataset ${dataset} of ${config.project}`
      : `${destroyed.length} resources go; gs://${bucket} and dataset ${dataset} stay, with what they need (${kept.length}). "deletionProtection": false and a deployment let them go, too.`,
  );
  if (isAll && !isApproved) await confirm(config.project);
  await terraform.init();
  const image = (await terraform.output("image")) ?? NO_IMAGE;
  await terraform.destroy(image, { isApproved, ...(isAll ? {} : { targets: destroyed }) });
}

/** @throws DeployError unless the project's id is typed */
async function confirm(project: string): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`type ${project} to go on: `);
  terminal.close();
  if (answer.trim() !== project) throw new DeployError("nothing was destroyed");
}

function step(tools: Tools, text: string): void {
  tools.say(`\n▸ ${text}`);
}

try {
  const name = process.argv[2] ?? "";
  const command = COMMANDS[name];
  if (command === undefined) throw new DeployError(`takes one of ${Object.keys(COMMANDS).join(", ")}`);
  const { config, file, isExample } = readConfigFile(process.env, process.cwd());
  if (isExample)
    throw new DeployError(
      `there is no pullhouse.config.json: copy ${file} and make it yours (docs/deploy.md)`,
    );
  if (name === "deploy" && !existsSync("dist")) throw new DeployError("there are no bundles: make build");
  const tools = systemTools;
  const { path } = synthesize(config, "cdktf.out");
  const terraform = createTerraform(dirname(path), process.env, tools);
  step(tools, `${name}: what is needed`);
  await checkAll(config, terraform.command, tools);
  await command({ config, stackFile: path, terraform, tools, isApproved: process.env["YES"] === "1" });
} catch (error) {
  if (!(error instanceof DeployError || error instanceof ConfigFileError)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
