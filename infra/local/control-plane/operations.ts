/** Long-running operations (https://google.aip.dev/151): done at once, or after some requests. */
import { type Call, type Handler, projectOf } from "./call.ts";
import { GoogleError } from "./google-error.ts";
import type { Json } from "./json.ts";
import { appear, isVisible } from "./visibility.ts";

/** What an operation ends with. */
type End = { readonly response: Json } | { readonly error: Json };

/** @param name of the resource, below whose location the operation is */
export function operationOf(call: Call, name: string, response: Json): Json {
  return startOperation(call, name, { response });
}

/** An operation that is started and fails. */
export function failedOperation(call: Call, name: string, code: number, message: string): Json {
  return startOperation(call, name, { error: { code, message } });
}

function startOperation(call: Call, name: string, end: End): Json {
  const { world, method } = call;
  const [place = `projects/${projectOf(name) ?? "-"}`] =
    /^projects\/[^/]+\/locations\/[^/]+/.exec(name) ?? [];
  const operation = `${place}/operations/${world.state.next()}`;
  const typed =
    "error" in end ? end : { response: { "@type": `type.googleapis.com/${method.id}`, ...end.response } };
  world.state.resources.set(`//${method.api.host}/${operation}`, { name: operation, done: true, ...typed });
  appear(world, "operations", operation);
  return seen(call, operation);
}

function seen({ world, method }: Call, name: string): Json {
  const operation = world.state.resources.get(`//${method.api.host}/${name}`);
  if (operation === undefined) throw new GoogleError("NOT_FOUND", `Operation ${name} was not found`);
  return isVisible(world, "operations", name) ? operation : { name };
}

export const getOperation: Handler = (call) => seen(call, call.params["name"] ?? "");
