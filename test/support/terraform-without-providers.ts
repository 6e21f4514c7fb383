/**
 * A `terraform` for tests: the real one, given the stack with each of Google's resources as a `terraform_data`, which is
 * built in and needs no provider. Plans, targets, states, locks, outputs, imports and errors are Terraform's own. Addresses and
 * the state on disk look as they would with the provider; what Google computes is missing from the attributes.
 *
 * TERRAFORM_REAL: the command; TERRAFORM_FAULTS: a file with `Faults` as JSON; RECEIVER_URL: what stands for the receiver's
 * address.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** By address: what creating the resource says in place of succeeding, the first so many times. */
export type Faults = Readonly<Record<string, { readonly says: string; readonly times: number }>>;

type Json = Readonly<Record<string, unknown>>;
type Resources = Readonly<Record<string, Readonly<Record<string, Json>>>>;

interface StateResource {
  mode: string;
  type: string;
  name: string;
  provider: string;
  instances: { attributes: Record<string, unknown> }[];
}

const BUILT_IN = 'provider["terraform.io/builtin/terraform"]';
const GOOGLE = 'provider["registry.terraform.io/hashicorp/google"]';
const META = ["depends_on", "lifecycle", "provider", "count", "for_each"];

const args = process.argv.slice(2);
const chdir = args.find((arg) => arg.startsWith("-chdir="))?.slice("-chdir=".length);
if (chdir === undefined) {
  const { status, stdout } = spawn(args);
  process.stdout.write(stdout);
  process.exit(status ?? 1);
}

/** Beside the stack, so that paths relative to it mean the same. */
const folder = `${chdir}.without-providers`;
mkdirSync(folder, { recursive: true });
const stack = JSON.parse(readFileSync(join(chdir, "cdk.tf.json"), "utf8")) as Json;
writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify(withoutProviders(stack)));
const imports = join(chdir, "imports.tf.json");
if (existsSync(imports))
  writeFileSync(join(folder, "imports.tf.json"), toBuiltIn(readFileSync(imports, "utf8")));
else rmSync(join(folder, "imports.tf.json"), { force: true });

const backend = (stack["terraform"] as { backend: { local: { path: string } } }).backend.local.path;
const stateFile = join(folder, backend);
rewrite(stateFile, builtInState);
const pushed = args.includes("push") ? args.at(-1) : undefined;
if (pushed !== undefined) rewrite(pushed, builtInState);
const { status, stdout } = spawn(
  args.map((arg) => (arg.startsWith("-chdir=") ? `-chdir=${folder}` : toBuiltIn(arg))),
);
rewrite(stateFile, googleState);
const text = args.includes("pull") && stdout !== "" ? googleState(stdout) : toGoogle(stdout);
process.stdout.write(text);
process.exitCode = status ?? 1;

function spawn(line: readonly string[]) {
  const { TF_CLI_CONFIG_FILE: _, ...env } = process.env;
  return spawnSync(process.env["TERRAFORM_REAL"] ?? "terraform", line, {
    env: { ...env, CHECKPOINT_DISABLE: "1" },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 64 * 1024 * 1024,
  });
}

function withoutProviders({ terraform, resource, output, variable }: Json): Json {
  const faultsFile = process.env["TERRAFORM_FAULTS"];
  const faults = faultsFile === undefined ? {} : (JSON.parse(readFileSync(faultsFile, "utf8")) as Faults);
  const byName: Record<string, Json> = {};
  for (const [type, all] of Object.entries(resource as Resources))
    for (const [name, body] of Object.entries(all)) {
      const needs = namedIn(body).filter(([type = "", name = ""]) => (resource as Resources)[type]?.[name]);
      byName[`${type}--${name}`] = dataOf(`${type}.${name}`, body, needs, faults);
    }
  const outputs = Object.entries(output as Resources[string]).map(([name, body]) => [
    name,
    {
      ...body,
      value: inline(body["value"]),
      ...(body["depends_on"] === undefined
        ? {}
        : { depends_on: JSON.parse(toBuiltIn(JSON.stringify(body["depends_on"]))) as unknown }),
    },
  ]);
  const { backend: where } = terraform as Json;
  return {
    terraform: { backend: where },
    variable,
    resource: { terraform_data: byName },
    output: Object.fromEntries(outputs),
  };
}

function namedIn(body: Json): readonly string[][] {
  const found = JSON.stringify(body).matchAll(/\b(google_[a-z0-9_]+)\.([\w-]+)/g);
  return [...found].map(([, ...address]) => address);
}

function dataOf(address: string, body: Json, needs: readonly string[][], faults: Faults): Json {
  const attributes = Object.fromEntries(Object.entries(body).filter(([key]) => !META.includes(key)));
  const fault = faults[address];
  const counter = join(folder, `fault-${address}`);
  const command =
    fault &&
    `n=$(cat ${counter} 2>/dev/null || echo 0); echo $((n + 1)) > ${counter}; [ $n -ge ${fault.times} ] || { echo "${fault.says}" >&2; exit 1; }`;
  return {
    input: JSON.stringify(attributes).replaceAll(/\$\{(?!var\.)([^}]*)\}/g, "<$1>"),
    depends_on: [...new Set(needs.map((address) => `terraform_data.${address.join("--")}`))],
    ...(body["lifecycle"] === undefined ? {} : { lifecycle: body["lifecycle"] }),
    ...(command === undefined ? {} : { provisioner: [{ "local-exec": { command, quiet: true } }] }),
  };
}

/** A reference to an attribute becomes the attribute's value, and with it a dependency, as with the provider. */
function inline(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replaceAll("${data.google_project.project.number}", "123456789012")
    .replaceAll("${data.google_project.project.project_id}", "acme-registry-events")
    .replaceAll(
      /\$\{(google_[a-z0-9_]+)\.([\w-]+)\.([\w.[\]]+)\}/g,
      (_, type: string, name: string, path: string) => {
        const address = `terraform_data.${type}--${name}`;
        const json = path.replace(/^template\[0\]/, "template");
        return path === "email" ? "account@example.com" : `\${jsondecode(${address}.output).${json}}`;
      },
    );
  const receiver = process.env["RECEIVER_URL"];
  return JSON.parse(
    receiver === undefined
      ? text
      : text.replaceAll(/https:\/\/[\w-]*receiver-123456789012\.[\w-]+\.run\.app/g, receiver),
  );
}

function toBuiltIn(text: string): string {
  return text.replaceAll(/\b(google_[a-z0-9_]+)\.([A-Za-z0-9_-]+)/g, "terraform_data.$1--$2");
}

function toGoogle(text: string): string {
  return text.replaceAll(/terraform_data\.(google_[a-z0-9_]+)--([A-Za-z0-9_-]+)/g, "$1.$2");
}

function rewrite(file: string, change: (text: string) => string): void {
  if (existsSync(file)) writeFileSync(file, change(readFileSync(file, "utf8")));
}

function builtInState(text: string): string {
  return mapResources(text, ({ type, name, instances, ...rest }) => {
    const made = instances.map(({ attributes: { id, ...attributes }, ...instance }) => {
      const input = { value: JSON.stringify(attributes), type: "string" };
      return { ...instance, attributes: { id, input, output: input, triggers_replace: null } };
    });
    return { ...rest, type: "terraform_data", name: `${type}--${name}`, provider: BUILT_IN, instances: made };
  });
}

function googleState(text: string): string {
  return mapResources(text, ({ name: joined, instances, ...rest }) => {
    const [type = "", name = ""] = joined.split("--");
    const made = instances.map(({ attributes: { id, input }, ...instance }) => {
      const { value = "{}" } = (input ?? {}) as { value?: string };
      return { ...instance, attributes: { id, ...(JSON.parse(value) as Json) } };
    });
    return { ...rest, type, name, provider: GOOGLE, instances: made };
  });
}

function mapResources(text: string, change: (resource: StateResource) => StateResource): string {
  const state = JSON.parse(text) as { resources?: StateResource[] };
  return JSON.stringify({ ...state, resources: (state.resources ?? []).map(change) }, undefined, 2);
}
