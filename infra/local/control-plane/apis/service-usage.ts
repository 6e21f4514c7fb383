/** Service Usage: which APIs of a project are enabled. */
import { AGENTS, createAgent } from "../accounts.ts";
import { type Call, type Handler, type Handlers, projectNumber, projectOf, type World } from "../call.ts";
import { namedIn } from "../collection.ts";
import { GoogleError } from "../google-error.ts";
import { type Json, textAt, textsAt } from "../json.ts";
import { byProjectId } from "../projects.ts";
import { appear, disappear, isVisible } from "../visibility.ts";

/** https://cloud.google.com/service-usage/docs/enabled-service#default */
const ENABLED_BY_DEFAULT: ReadonlySet<string> = new Set([
  "bigquery.googleapis.com",
  "cloudapis.googleapis.com",
  "logging.googleapis.com",
  "monitoring.googleapis.com",
  "servicemanagement.googleapis.com",
  "serviceusage.googleapis.com",
  "storage-api.googleapis.com",
  "storage-component.googleapis.com",
  "storage.googleapis.com",
]);

const ENABLED = "ENABLED";
const DISABLED = "DISABLED";

const key = (project: string, service: string) =>
  `//serviceusage.googleapis.com/projects/${project}/services/${service}`;

function stateOf({ state }: World, project: string, service: string): string {
  const byDefault = ENABLED_BY_DEFAULT.has(service) ? ENABLED : DISABLED;
  return textAt(state.resources.get(key(project, service)), "state") || byDefault;
}

/** Whether requests of the project to an API are let through by now. */
export function isApiUsable(world: World, project: string, service: string): boolean {
  if (stateOf(world, project, service) !== ENABLED) return false;
  return ENABLED_BY_DEFAULT.has(service) || isVisible(world, "apis", `${project} ${service}`);
}

function serviceOf(world: World, project: string, service: string): Json {
  const parent = `projects/${projectNumber(project)}`;
  return {
    name: `${parent}/services/${service}`,
    parent,
    config: { name: service },
    state: stateOf(world, project, service),
  };
}

function setState(world: World, project: string, service: string, state: string): void {
  world.state.resources.set(key(project, service), { state });
  if (state === ENABLED) appear(world, "apis", `${project} ${service}`);
  else disappear(world, "apis", `${project} ${service}`);
}

/** Operations of Service Usage are below no project. */
function operation(call: Call, response: Json): Json {
  const name = `operations/${call.world.state.next()}`;
  appear(call.world, "operations", name);
  const done = {
    name,
    done: true,
    response: { "@type": `type.googleapis.com/${call.method.id}`, ...response },
  };
  call.world.state.resources.set(`//serviceusage.googleapis.com/${name}`, done);
  return operationSeen(call, name);
}

function operationSeen({ world }: Call, name: string): Json {
  const found = world.state.resources.get(`//serviceusage.googleapis.com/${name}`);
  if (found === undefined) throw new GoogleError("NOT_FOUND", `Operation ${name} was not found`);
  return isVisible(world, "operations", name) ? found : { name };
}

/** Project and service of `projects/…/services/…`. */
function named(call: Call): { readonly project: string; readonly service: string } {
  const name = byProjectId(call.world, namedIn(call));
  return { project: projectOf(name) ?? "", service: name.split("/services/")[1] ?? "" };
}

const enable: Handler = (call) => {
  const { project, service } = named(call);
  setState(call.world, project, service, ENABLED);
  return operation(call, { service: serviceOf(call.world, project, service) });
};

const batchEnable: Handler = (call) => {
  const { project } = named(call);
  const services = textsAt(call.body, "serviceIds");
  for (const service of services) setState(call.world, project, service, ENABLED);
  return operation(call, { services: services.map((service) => serviceOf(call.world, project, service)) });
};

const list: Handler = (call) => {
  const { project } = named(call);
  const known = call.world.state.below(`//serviceusage.googleapis.com/projects/${project}/services`);
  const names = new Set([...ENABLED_BY_DEFAULT, ...known.map((name) => name.split("/").at(-1) ?? "")]);
  const wanted = /state:(\w+)/.exec(call.query["filter"] ?? "")?.[1];
  const services = [...names]
    .map((service) => serviceOf(call.world, project, service))
    .filter(({ state }) => wanted === undefined || state === wanted);
  return { services };
};

const disable: Handler = (call) => {
  const { project, service } = named(call);
  setState(call.world, project, service, DISABLED);
  return operation(call, { service: serviceOf(call.world, project, service) });
};

/** https://cloud.google.com/iam/docs/create-service-agents */
const generateServiceIdentity: Handler = (call) => {
  const { project, service } = named(call);
  if (service !== "pubsub.googleapis.com") {
    throw new GoogleError("UNIMPLEMENTED", `the service agent of ${service} is not covered here`);
  }
  const email = AGENTS.pubsub(project);
  createAgent(call.world, email);
  return operation(call, { email, uniqueId: `1${projectNumber(project)}` });
};

export const SERVICE_USAGE: Handlers = {
  "serviceusage.services.enable": enable,
  "serviceusage.services.batchEnable": batchEnable,
  "serviceusage.services.disable": disable,
  "serviceusage.services.list": list,
  "serviceusage.services.get": (call) => {
    const { project, service } = named(call);
    return serviceOf(call.world, project, service);
  },
  "serviceusage.services.generateServiceIdentity": generateServiceIdentity,
  "serviceusage.operations.get": (call) => operationSeen(call, namedIn(call)),
};
