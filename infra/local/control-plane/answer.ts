/** Answers one request: finds its method, checks it as Google does, and calls the handler. */
import { HANDLERS } from "./apis/index.ts";
import { type Call, OWNER, type World } from "./call.ts";
import { violationsOf } from "./check-value.ts";
import type { FindMethod, Match, Method } from "./find-method.ts";
import { badRequest, GoogleError, notFound } from "./google-error.ts";
import { camelCase, type Json } from "./json.ts";
import { byProjectId, consumerOf, noteProject } from "./projects.ts";
import { brokenRule } from "./rules/index.ts";

export interface Request {
  readonly verb: string;
  /** `/HOST/PATH`: the API's host is the first segment. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly body: object | undefined;
  /** Id of the method; undefined if no described one fits. */
  readonly method?: string;
  /** Id of the rule that the request broke. */
  readonly rule?: string;
}

/** APIs that answer errors, and empty results, in their own older way. */
const LEGACY_HOSTS = new Set(["storage.googleapis.com", "bigquery.googleapis.com"]);

/**
 * With an endpoint of one's own, some of the provider's clients say the version twice: `v1/v1/…`, `storage/v1/storage/v1/…`
 * (https://github.com/hashicorp/terraform-provider-google/blob/v6.50.0/google/transport/config.go, RemoveBasePathVersion).
 */
const DOUBLED = /^(?:storage\/)?v\d\w*\/(?<path>(?:storage\/)?v\d\w*\/)/;

/** The described method of a request with its path's parameters; a slash at the end, as of `anywhereCaches/`, is none of it. */
export function matchOf({ path, verb }: Request, findMethod: FindMethod): Match | undefined {
  const [, host = "", rest = ""] = /^\/([^/]+)\/(.*)$/.exec(path) ?? [];
  return findMethod(host, verb, rest.replace(DOUBLED, "$<path>").replace(/\/$/, ""));
}

export function createAnswer(world: World, findMethod: FindMethod): (request: Request) => Answer {
  return (request) => {
    const host = request.path.split("/")[1] ?? "";
    const isLegacy = LEGACY_HOSTS.has(host);
    let method: Method | undefined;
    try {
      const match = matchOf(request, findMethod);
      if (match === undefined) throw notFound(`no described method: ${request.verb} ${request.path}`);
      method = match.method;
      const params = Object.entries(match.params).map(([name, value]) => [name, byProjectId(world, value)]);
      const call = callOf(world, request, match.method, Object.fromEntries(params) as Call["params"]);
      const project = consumerOf(call);
      if (project !== undefined) noteProject(world, project);
      const broken = brokenRule(call);
      if (broken !== undefined) throw broken;
      const handler = HANDLERS[method.id];
      if (handler === undefined) throw new GoogleError("UNIMPLEMENTED", `${method.id} is not covered here`);
      const body = handler(call);
      checkResponse(body, method);
      const isEmpty = isLegacy && request.verb === "DELETE";
      return { status: isEmpty ? 204 : 200, body: isEmpty ? undefined : body, method: method.id };
    } catch (error) {
      if (!(error instanceof GoogleError)) throw error;
      const { status, rule } = error;
      return {
        status,
        body: error.body(isLegacy),
        ...(method === undefined ? {} : { method: method.id }),
        ...(rule === undefined ? {} : { rule }),
      };
    }
  };
}

function callOf(world: World, request: Request, method: Method, params: Call["params"]): Call {
  const { headers } = request;
  const query = queryOf(request.query, method);
  const body = bodyOf(request.body, method);
  const [, token = ""] = /^Bearer (.*)$/.exec(headers["authorization"] ?? "") ?? [];
  const caller = /^(user|serviceAccount):/.test(token) ? token : OWNER;
  return { world, method, params, query, body, headers, caller };
}

/** Names may come as the field is called in the API's protocol buffers, for example `repository_id`. */
function queryOf(given: URLSearchParams, { query, request, api }: Method): Readonly<Record<string, string>> {
  const message = api.schemas[request ?? ""];
  // A field of the message may be a parameter instead: the provider sends `updateMask` of UpdateTopicRequest as one.
  const fields = typeof message === "object" && "fields" in message ? message.fields : {};
  const known = { ...query, ...api.query, ...fields };
  return Object.fromEntries(
    [...given].map(([name, value]) => {
      const found = [name, camelCase(name)].find((spelling) => known[spelling] !== undefined);
      if (found !== undefined) return [found, value];
      throw badRequest(
        name,
        `Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter. Field '${name}' could not be found in request message.`,
      );
    }),
  );
}

function bodyOf(text: string, { request, api }: Method): Json {
  if (text === "") return {};
  if (request === undefined) {
    // Google takes an empty message where there is nothing to say.
    if (text.trim() === "{}") return {};
    throw badRequest("", "Invalid JSON payload received. The request takes no body.");
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw badRequest("", "Invalid JSON payload received. Parse error.");
    throw error;
  }
  const violations = violationsOf(body, { ref: request }, api.schemas, "");
  const [first] = violations;
  if (first !== undefined) {
    throw badRequest(first.path, violations.map(({ description }) => description).join("\n"));
  }
  // In a patch of the older APIs, `null` removes.
  return (LEGACY_HOSTS.has(api.host) ? body : withoutNulls(body)) as Json;
}

/** In JSON of protocol buffers, `null` is the same as nothing. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(kept.map(([name, item]) => [name, withoutNulls(item)]));
}

/** An answer that Google's description does not know would be a fault of this program. */
function checkResponse(body: Json, { id, response, api }: Method): void {
  if (response === undefined) return;
  const [first] = violationsOf(body, { ref: response }, api.schemas, "");
  if (first !== undefined) throw new Error(`${id} would answer what it cannot: ${first.description}`);
}
