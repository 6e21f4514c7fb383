/** The bundles of the services as processes, with the variables of the stack and nothing else but where the emulators are. */
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { SERVICES, type ServiceName } from "../../gcp/names.ts";
import { LOCAL_HOST } from "../../local/stand-in.ts";
import { freePorts } from "../../local/up/ports.ts";
import { type Notice, RunningPart } from "../../local/up/running-part.ts";
import { type Credentials, secretValuesOf } from "../credentials.ts";
import type { AcceptanceStack } from "../stack.ts";

export interface ServicesOptions {
  readonly stack: AcceptanceStack;
  /** Folder of the bundles (`make build`). */
  readonly dist: string;
  readonly logFolder: string;
  readonly credentials: Credentials;
  /** Over the stack's: what is only so here. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface LocalServices {
  readonly urls: Readonly<Record<ServiceName, string>>;
  logFile(service: ServiceName): string;
  /** SIGKILL; resolves when the service listens again. */
  kill(service: ServiceName): Promise<string>;
  stop(): Promise<void>;
}

export async function startServices(options: ServicesOptions): Promise<LocalServices> {
  const { stack, dist, logFolder, variables } = options;
  mkdirSync(logFolder, { recursive: true });
  const ports = await freePorts(SERVICES.length);
  const port = (service: ServiceName) => ports[SERVICES.indexOf(service)] as number;
  const url = (service: ServiceName) => `http://${LOCAL_HOST}:${port(service)}`;
  const back = new EventTarget();
  const notice = ({ what, part }: Notice) => {
    if (what === "back") back.dispatchEvent(new Event(part));
  };
  const context = { root: dist, logFolder, variables: {}, notice };
  const parts = new Map(
    SERVICES.map((service) => {
      const { args, variables: own, secrets } = stack.containers[service];
      const part = {
        name: service,
        kind: "service" as const,
        entry: args[0] as string,
        port: port(service),
        portVariable: "PORT",
        variables: {
          ...own,
          ...secretValues(secrets, options.credentials),
          ...variables,
          HOST: LOCAL_HOST,
          PORT: String(port(service)),
          BATCHER_URL: url("batcher"),
          LOADER_URL: url("loader"),
        },
      };
      return [service, new RunningPart(part, context)] as const;
    }),
  );
  const partOf = (service: ServiceName) => parts.get(service) as RunningPart;
  const stop = async () => {
    await Promise.all([...parts.values()].map((part) => part.stop()));
  };
  try {
    await Promise.all([...parts.values()].map((part) => part.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    urls: { receiver: url("receiver"), batcher: url("batcher"), loader: url("loader") },
    logFile: (service) => join(logFolder, `${service}.log`),
    kill: async (service) => {
      const { pid } = partOf(service);
      if (pid === undefined) throw new Error(`${service} doesn't run`);
      const listens = once(back, service);
      process.kill(pid, "SIGKILL");
      await listens;
      return `SIGKILL of process ${pid}`;
    },
    stop,
  };
}

/** @throws Error for a secret that nobody has a value for */
function secretValues(secrets: readonly string[], credentials: Credentials): Record<string, string> {
  const values = secretValuesOf(credentials);
  return Object.fromEntries(
    secrets.map((name) => {
      const value = values[name];
      if (value === undefined) throw new Error(`the stack names the secret ${name}, which has no value here`);
      return [name, value];
    }),
  );
}
