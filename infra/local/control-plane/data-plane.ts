/** Creates and deletes in the local emulators what the control plane is asked for, so that services can run on an applied stack. */
import { Client, credentials, type ServiceDefinition } from "@grpc/grpc-js";
import { pubsubServices } from "../pubsub/service-definition.ts";
import { cloudTasksService } from "../tasks/service-definition.ts";
import type { Answer, Request } from "./answer.ts";
import { type Json, textAt } from "./json.ts";

/** Where the emulators listen: `host:port` of the gRPC ones, URLs of the others. */
export interface DataPlane {
  readonly pubsub: string;
  readonly storage: string;
  readonly bigquery: string;
  readonly tasks: string;
}

export interface Forwarder {
  /** Forwards a request that was taken. @throws Error if the emulator does not take it */
  readonly afterwards: (request: Request, answer: Answer) => Promise<void>;
  /** The emulator's own answer to what only it can know: objects, and what may be deleted. */
  readonly instead: (request: Request, method: string | undefined) => Promise<Answer | undefined>;
  close(): void;
}

/** Methods whose requests the REST emulators take as they are. */
const REST = /^(storage\.buckets\.(insert|patch)|bigquery\.(datasets|tables)\.(insert|patch|update))$/;
const OBJECTS = /^storage\.objects\./;
/** Whether something is empty, an emulator knows better. */
const DELETES = /^(storage\.buckets|bigquery\.datasets|bigquery\.tables)\.delete$/;

/** What the emulators know of a subscription and of a queue; the rest is the control plane's alone. */
const SUBSCRIPTION = ["ackDeadlineSeconds", "messageRetentionDuration", "deadLetterPolicy", "retryPolicy"];
const QUEUE = ["rateLimits", "retryConfig"];

export function createForwarder(dataPlane: DataPlane): Forwarder {
  const { publisher, subscriber } = pubsubServices();
  const pubsub = new Client(dataPlane.pubsub, credentials.createInsecure());
  const tasks = new Client(dataPlane.tasks, credentials.createInsecure());
  const grpc: Readonly<Record<string, (body: Json, name: string) => Promise<void>>> = {
    "pubsub.projects.topics.create": (_, name) => unary(pubsub, publisher, "CreateTopic", { name }),
    "pubsub.projects.topics.delete": (_, topic) => unary(pubsub, publisher, "DeleteTopic", { topic }),
    "pubsub.projects.subscriptions.create": (body, name) =>
      unary(pubsub, subscriber, "CreateSubscription", {
        name,
        topic: textAt(body, "topic"),
        ...picked(body, SUBSCRIPTION),
      }),
    "pubsub.projects.subscriptions.delete": (_, subscription) =>
      unary(pubsub, subscriber, "DeleteSubscription", { subscription }),
    "cloudtasks.projects.locations.queues.create": (body, parent) =>
      unary(tasks, cloudTasksService("v2"), "CreateQueue", {
        parent: parent.replace(/\/queues$/, ""),
        queue: { name: textAt(body, "name"), ...picked(body, QUEUE) },
      }),
    "cloudtasks.projects.locations.queues.delete": (_, name) =>
      unary(tasks, cloudTasksService("v2"), "DeleteQueue", { name }),
  };
  const rest = (request: Request) => forwardRest(request, dataPlane);

  return {
    afterwards: async (request, { method = "" }) => {
      const name = request.path.split("/").slice(3).join("/");
      await grpc[method]?.(request.body === "" ? {} : (JSON.parse(request.body) as Json), name);
      if (!REST.test(method)) return;
      const { status, body } = await rest(request);
      if (status >= 300) throw new Error(`the emulator refused ${method}: ${JSON.stringify(body)}`);
    },
    instead: async (request, method = "") => {
      if (OBJECTS.test(method)) return rest(request);
      if (!DELETES.test(method)) return undefined;
      const answer = await rest(request);
      // Gone there: the control plane forgets it as well.
      return answer.status < 300 ? undefined : answer;
    },
    close: () => {
      pubsub.close();
      tasks.close();
    },
  };
}

/** `/storage.googleapis.com/storage/v1/…` at the emulator's own address. */
async function forwardRest({ verb, path, query, body }: Request, dataPlane: DataPlane): Promise<Answer> {
  const [, host = "", rest = ""] = /^\/([^/]+)(\/.*)$/.exec(path) ?? [];
  const base = host.startsWith("storage.") ? dataPlane.storage : dataPlane.bigquery;
  const response = await fetch(`${base}${rest}?${query.toString()}`, {
    method: verb,
    ...(body === "" ? {} : { body, headers: { "content-type": "application/json" } }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : (JSON.parse(text) as object) };
}

function picked(body: Json, fields: readonly string[]): Json {
  const kept = fields.filter((field) => body[field] !== undefined);
  return Object.fromEntries(kept.map((field) => [field, withDurations(body[field])]));
}

/** `1.5s` of JSON as the seconds and nanoseconds of gRPC. */
function withDurations(value: unknown): unknown {
  if (typeof value === "string" && /^\d+(\.\d+)?s$/.test(value)) {
    const [seconds = "0", fraction = ""] = value.slice(0, -1).split(".");
    return { seconds: Number(seconds), nanos: Number(fraction.padEnd(9, "0")) };
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withDurations(item)]));
}

function unary(client: Client, service: ServiceDefinition, name: string, request: object): Promise<void> {
  const method = service[name];
  if (method === undefined) throw new Error(`no such method: ${name}`);
  const { path, requestSerialize, responseDeserialize } = method;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error) =>
      error === null ? resolve() : reject(new Error(`${name}: ${error.message}`)),
    );
  });
}
