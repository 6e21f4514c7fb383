/** Create, get, list, patch, delete and policies of one kind of resource, as most of Google's APIs have them. */
import type { Call, Handler, Handlers } from "./call.ts";
import { patched, withoutZeros } from "./fields.ts";
import { GoogleError } from "./google-error.ts";
import { type Json, recordAt, textAt } from "./json.ts";
import { METHODS } from "./methods.ts";
import { failedOperation, operationOf } from "./operations.ts";
import { policyOf, setPolicy } from "./policy.ts";

export interface Collection {
  /** What the methods' ids begin with, for example `pubsub.projects.topics`. */
  readonly prefix: string;
  /** The resource's schema in the API's description. */
  readonly schema: string;
  /** The list's field in the answer to `list`. */
  readonly items: string;
  /** Relative name of what a call would create, for example `projects/…/topics/…`. */
  readonly created: (call: Call) => string;
  /** What Google makes of a resource before it keeps it: defaults, output fields. */
  readonly filled?: (resource: Json, call: Call, before: Json | undefined) => Json;
  /** Where a body has the resource; the body itself by default. */
  readonly resourceIn?: (call: Call) => Json;
  /** Where a patch has its mask; `updateMask` of the query by default. */
  readonly maskIn?: (call: Call) => string;
  /** Why the operation of a change fails, although the request is taken. */
  readonly failure?: (call: Call) => GoogleError | undefined;
  readonly afterCreate?: (call: Call, name: string) => void;
  readonly afterDelete?: (call: Call, name: string) => void;
}

/** google.rpc.Code INTERNAL, by which Cloud Run's operations fail. */
const RPC_INTERNAL = 13;

/** `//pubsub.googleapis.com/projects/…` */
export const fullName = ({ method }: Call, name: string) => `//${method.api.host}/${name}`;

/** Relative name in the call's path: its first parameter. */
export const namedIn = ({ params }: Call) => Object.values(params)[0] ?? "";

/** @throws GoogleError NOT_FOUND */
export function existing(call: Call, name: string): Json {
  const found = call.world.state.resources.get(fullName(call, name));
  if (found === undefined) throw new GoogleError("NOT_FOUND", `Resource '${name}' was not found`);
  return found;
}

const DESCRIBED = new Set(Object.values(METHODS).flat());

/** Handlers of those methods that the API has. */
export function collectionHandlers(collection: Collection): Handlers {
  const { prefix } = collection;
  const handlers: Handlers = {
    [`${prefix}.create`]: create(collection),
    [`${prefix}.get`]: (call) => existing(call, namedIn(call)),
    [`${prefix}.list`]: list(collection),
    [`${prefix}.patch`]: patch(collection),
    [`${prefix}.delete`]: remove(collection),
    ...policyHandlers(prefix),
  };
  return Object.fromEntries(Object.entries(handlers).filter(([id]) => DESCRIBED.has(id)));
}

/** `getIamPolicy` and `setIamPolicy` of resources that are kept by their name. */
function policyHandlers(prefix: string): Handlers {
  return {
    [`${prefix}.getIamPolicy`]: (call) => {
      existing(call, namedIn(call));
      return policyOf(call.world, fullName(call, namedIn(call)));
    },
    [`${prefix}.setIamPolicy`]: (call) => {
      existing(call, namedIn(call));
      return setPolicy(call.world, fullName(call, namedIn(call)), recordAt(call.body, "policy"));
    },
  };
}

function create({ created, resourceIn, afterCreate, ...collection }: Collection): Handler {
  return (call) => {
    const name = created(call);
    const { resources } = call.world.state;
    if (resources.has(fullName(call, name))) {
      throw new GoogleError("ALREADY_EXISTS", `Resource '${name}' already exists`);
    }
    const resource = kept(collection, { ...(resourceIn?.(call) ?? call.body), name }, call, undefined);
    resources.set(fullName(call, name), resource);
    afterCreate?.(call, name);
    return answerTo(collection, call, name, resource);
  };
}

function patch({ resourceIn, maskIn, ...collection }: Omit<Collection, "created">): Handler {
  return (call) => {
    const name = namedIn(call);
    const before = existing(call, name);
    const changes = resourceIn?.(call) ?? call.body;
    const mask = maskIn?.(call) ?? call.query["updateMask"] ?? "";
    const { schemas } = call.method.api;
    const next = {
      ...patched(before, changes, mask, collection.schema, schemas),
      name: textAt(before, "name"),
    };
    const resource = kept(collection, next, call, before);
    call.world.state.resources.set(fullName(call, name), resource);
    return answerTo(collection, call, name, resource);
  };
}

/** The resource itself, or an operation that ends with it, as the method's description says. */
function answerTo({ failure }: Pick<Collection, "failure">, call: Call, name: string, resource: Json): Json {
  if (!call.method.response?.endsWith("Operation")) return resource;
  const failed = failure?.(call);
  return failed === undefined
    ? operationOf(call, name, resource)
    : failedOperation(call, name, RPC_INTERNAL, failed.message);
}

function kept(
  { filled, schema }: Pick<Collection, "filled" | "schema">,
  resource: Json,
  call: Call,
  before: Json | undefined,
): Json {
  const { schemas } = call.method.api;
  return withoutZeros(filled?.(structuredClone(resource), call, before) ?? resource, schema, schemas);
}

function list({ prefix, items }: Collection): Handler {
  const type = prefix.split(".").at(-1) as string;
  return (call) => {
    const parent = fullName(call, `${namedIn(call)}/${type}`);
    const { state } = call.world;
    const found = state.below(parent).filter((name) => !name.slice(parent.length + 1).includes("/"));
    return found.length === 0 ? {} : { [items]: found.map((name) => state.resources.get(name)) };
  };
}

function remove({ afterDelete }: Collection): Handler {
  return (call) => {
    const name = namedIn(call);
    existing(call, name);
    const { state } = call.world;
    state.resources.delete(fullName(call, name));
    state.policies.delete(fullName(call, name));
    afterDelete?.(call, name);
    return answerTo({}, call, name, {});
  };
}
