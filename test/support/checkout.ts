/** A checkout for `make plan`, `deploy` and `destroy`: gcloud and bq are scripted, Terraform is the real one without its providers. */
import { spawn } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { stripVTControlCharacters } from "node:util";
import { type DeployConfig, readDeployConfig } from "#infra/gcp/config.ts";
import { type Deployment, openDeployment } from "#infra/gcp/deploy/deployment.ts";
import { createTerraform } from "#infra/gcp/deploy/terraform.ts";
import { createSystemTools, type Tools } from "#infra/gcp/deploy/tools.ts";
import { type Answer, scriptCommands } from "#test/support/scripted-commands.ts";
import { smallStack } from "#test/support/small-stack.ts";
import type { Faults } from "#test/support/terraform-without-providers.ts";

export const DIGEST = `sha256:${"b".repeat(64)}`;

const SETTINGS = {
  project: "acme-registry-events",
  region: "us-central1",
  chainguard: { groups: ["45a0c61ea6fd977f050c5fb9ac06a69eed764595"] },
};

/** Enough for a stack of every kind of resource; a hundred tables more would take Terraform seconds. */
const SCHEMAS = [
  "envelope",
  "loads",
  "rejected_events",
  "unregistered_events",
  "dev.chainguard.registry.pull.v1",
];

/** A project in which everything is there, with nothing of Pullhouse in it. */
const HEALTHY: readonly Answer[] = [
  { to: "gcloud auth list", says: "somebody@example.com" },
  { to: "gcloud projects describe", says: "123456789012" },
  { to: "gcloud billing projects describe", says: "True" },
  { to: "gcloud services list", says: "cloudresourcemanager.googleapis.com\nserviceusage.googleapis.com" },
  { to: "gcloud secrets versions list", says: "1" },
  { to: "gcloud secrets versions access", says: "local-zot-token,another-zot-token" },
  { to: "gcloud artifacts docker images describe", says: DIGEST },
  { to: "gcloud container images describe", says: `sha256:${"a".repeat(64)}` },
  { to: "bq --format=json --quiet ls", code: 1 },
  { to: "bq", says: '[{"n":"1"}]' },
];

interface Run {
  /** The first answer that fits a command line counts, before those of a healthy project. */
  readonly answers?: readonly Answer[];
  readonly settings?: object;
  readonly faults?: Faults;
}

interface ProcessRun extends Run {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Called with each piece of output, and with what sends the process one Ctrl-C. */
  readonly onOutput?: (text: string, interrupt: () => void) => void;
}

export interface Checkout {
  readonly folder: string;
  /** `make COMMAND`, as its own process. */
  run(command: string, run?: ProcessRun): Promise<Outcome>;
  /** The same deployment within this process, whose pauses take no time. */
  open(run?: Run): Promise<Opened>;
  /** The same with a stack of one resource of each kind, with which Terraform takes half a second. */
  openSmall(run?: SmallRun): Opened;
  /** JSON of a file in it. */
  read(path: string): unknown;
  write(path: string, content: unknown): void;
  has(path: string): boolean;
}

/** The real Google provider. */
interface Provider {
  /** TF_PLUGIN_DIR */
  readonly plugins: string;
  /** Where it finds its APIs. */
  readonly env: Readonly<Record<string, string>>;
}

interface SmallRun extends Run {
  /** Resources over those of the small stack; `undefined` takes one out. */
  readonly resources?: Readonly<Record<string, object | undefined>>;
  /** Answers at the terminal, in order; without any, nobody is asked. */
  readonly types?: readonly string[];
  readonly interrupted?: AbortSignal;
}

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
  /** Command lines of this run. */
  readonly calls: readonly string[];
}

interface Opened {
  readonly deployment: Deployment;
  readonly said: readonly string[];
  /** Of every pause, in order. */
  readonly pausedMs: readonly number[];
  /** Command lines of gcloud and bq. */
  readonly calls: readonly string[];
}

/**
 * @param root of all checkouts of a test file
 * @param receiverUrl what stands for the receiver's address
 * @param provider the real one, in place of none
 */
export function createCheckout(root: string, receiverUrl: string, provider?: Provider): Checkout {
  const folder = mkdtempSync(join(root, "checkout-"));
  const at = (path: string) => join(folder, path);
  mkdirSync(at("dist"));
  writeFileSync(at("dist/bundle.js"), "");
  for (const kind of ["views", "rollups"]) mkdirSync(at(join("schemas", kind)), { recursive: true });
  for (const name of SCHEMAS) copyFileSync(join("schemas", `${name}.json`), at(`schemas/${name}.json`));
  const script = provider
    ? [
        "#!/bin/sh",
        ...Object.entries(provider.env).map(([name, value]) => `export ${name}='${value}'`),
        `exec ${realTerraform()} "$@"`,
      ]
    : [
        "#!/bin/sh",
        `export TERRAFORM_REAL=${realTerraform()} TERRAFORM_FAULTS=${at("faults.json")} RECEIVER_URL=${receiverUrl}`,
        `printf '%s\\n' "terraform $*" >> ${at("calls")}`,
        `exec ${process.execPath} ${resolve("test/support/terraform-without-providers.ts")} "$@"`,
      ];
  mkdirSync(at("commands"));
  writeFileSync(at("commands/terraform"), `${script.join("\n")}\n`);
  chmodSync(at("commands/terraform"), 0o755);
  const short = (line: string) => line.replaceAll(folder, "").replaceAll(/-chdir=\S+ /g, "");

  return {
    folder,
    read: (path) => JSON.parse(readFileSync(at(path), "utf8")) as unknown,
    write(path, content) {
      mkdirSync(dirname(at(path)), { recursive: true });
      writeFileSync(at(path), JSON.stringify(content));
    },
    has: (path) => existsSync(at(path)),
    async run(command, { answers = [], settings = {}, env = {}, input = "", faults = {}, onOutput } = {}) {
      writeFileSync(at("pullhouse.config.json"), JSON.stringify({ ...SETTINGS, ...settings }));
      writeFileSync(at("faults.json"), JSON.stringify(faults));
      const scripts = scriptCommands(folder, ["gcloud", "bq"], [...answers, ...HEALTHY]);
      const before = scripts.calls().length;
      const child = spawn(
        process.execPath,
        ["--disable-warning=DEP0044", resolve("infra/gcp/deploy/main.ts"), command],
        {
          cwd: folder,
          env: { ...process.env, YES: "1", ...env, PATH: `${scripts.path}:${process.env["PATH"]}` },
        },
      );
      child.stdin.end(input);
      child.stdout.on("data", (data: Buffer) => onOutput?.(data.toString(), () => child.kill("SIGINT")));
      const [out, errors, code] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        new Promise<number | null>((exited) => child.on("exit", exited)),
      ]);
      return {
        code,
        out: stripVTControlCharacters(out),
        errors,
        calls: scripts.calls().slice(before).map(short),
      };
    },
    async open(run = {}) {
      const opened = toolsFor(run);
      const config = configOf(run);
      const env = { TERRAFORM: at("commands/terraform"), YES: "1", TF_PLUGIN_DIR: provider?.plugins ?? "" };
      const options = { env, folder: at("cdktf.out"), schemas: at("schemas") };
      return { ...opened, deployment: await openDeployment(config, opened.tools, options) };
    },
    openSmall(run = {}) {
      const opened = toolsFor(run);
      const config = configOf(run);
      const stackFile = at("cdktf.out/stacks/pullhouse/cdk.tf.json");
      mkdirSync(dirname(stackFile), { recursive: true });
      writeFileSync(stackFile, JSON.stringify(smallStack(config, run.resources)));
      const terraform = createTerraform(
        dirname(stackFile),
        { TERRAFORM: at("commands/terraform"), TF_PLUGIN_DIR: "" },
        opened.tools,
      );
      const isApproved = run.types === undefined;
      return { ...opened, deployment: { config, stackFile, terraform, tools: opened.tools, isApproved } };
    },
  };

  function configOf({ settings = {} }: Run): DeployConfig {
    return readDeployConfig({ ...SETTINGS, ...settings }, "the test's settings");
  }

  function toolsFor({ answers = [], faults = {}, types = [], interrupted }: SmallRun) {
    writeFileSync(at("faults.json"), JSON.stringify(faults));
    const said: string[] = [];
    const pausedMs: number[] = [];
    const typed = [...types];
    const calls: string[] = [];
    let time = 0;
    const system = createSystemTools({ on: () => process });
    const answer = (line: readonly string[]) => {
      calls.push(line.join(" "));
      return answerTo([...answers, ...HEALTHY], line.join(" "));
    };
    const tools: Tools = {
      ...system,
      ...(interrupted === undefined ? {} : { interrupted }),
      ask: (...line) => Promise.resolve(answer(line)),
      show: async (command, ...args) => {
        if (command === at("commands/terraform")) return await system.show(command, ...args);
        if (answer([command, ...args]) === undefined) throw new Error(`${command} ${args.join(" ")} failed`);
      },
      question: (text) => {
        said.push(text);
        return Promise.resolve(typed.shift() ?? "");
      },
      say: (line) => said.push(line),
      now: () => time,
      pause: (ms) => {
        time += ms;
        pausedMs.push(ms);
        return Promise.resolve();
      },
    };
    return { tools, said, pausedMs, calls };
  }
}

/** @returns `undefined` for a command that fails */
function answerTo(answers: readonly Answer[], line: string): string | undefined {
  if (line.includes("/terraform version")) return '{"terraform_version": "1.11.4"}';
  const { says = "", code = 0 } = answers.find(({ to }) => line.startsWith(to)) ?? {};
  return code === 0 ? says : undefined;
}

export function temporaryRoot(): string {
  return mkdtempSync(join(tmpdir(), "pullhouse-deploy-"));
}

/** By its path, since the test puts another one in front of it. */
export function realTerraform(): string {
  const folders = (process.env["PATH"] ?? "").split(":");
  return folders.map((path) => join(path, "terraform")).find((path) => existsSync(path)) ?? "terraform";
}
