/** What the stack of an acceptance run gives its services and its operator. */
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { DeployConfig } from "../gcp/config.ts";
import { SERVICES, type ServiceName } from "../gcp/names.ts";
import { type Container, containerOf, type Resources, resolveReferences } from "../gcp/resolve.ts";
import { synthesize } from "../gcp/synthesize.ts";

export interface AcceptanceStack {
  /** In which Terraform runs. */
  readonly folder: string;
  readonly containers: Readonly<Record<ServiceName, Container>>;
  /** The variables of the output `environment`. */
  readonly operator: Readonly<Record<string, string>>;
}

interface Synthesised {
  readonly resource: Resources;
  readonly output: Readonly<Record<string, { readonly value?: unknown }>>;
}

/**
 * @param folder of the synthesised stack
 * @param projectNumber part of Cloud Run's addresses
 */
export function readStack(config: DeployConfig, folder: string, projectNumber: string): AcceptanceStack {
  const { path } = synthesize(config, folder);
  const { resource, output } = JSON.parse(readFileSync(path, "utf8")) as Synthesised;
  const known = { "data.google_project.project.number": projectNumber };
  const resolving = { resource, project: config.project, known };
  const nameOf = (service: ServiceName) => (service === "receiver" ? `receiver-${config.region}` : service);
  const containers = SERVICES.map((service) => [service, containerOf(nameOf(service), resolving)] as const);
  return {
    folder: dirname(path),
    containers: Object.fromEntries(containers) as Record<ServiceName, Container>,
    operator: variablesIn(resolveReferences(String(output["environment"]?.value), resolving)),
  };
}

/** Of `export NAME='value' …`. @throws Error when there are none */
function variablesIn(text: string): Readonly<Record<string, string>> {
  const found = [...text.matchAll(/([A-Z][A-Z0-9_]*)='([^']*)'/g)];
  if (found.length === 0) throw new Error(`the output environment names no variables: ${text}`);
  return Object.fromEntries(found.map(([, name = "", value = ""]) => [name, value]));
}
