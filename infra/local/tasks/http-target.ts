/** A queue's own target, which goes over the address that a task names (google/cloud/tasks/v2beta3/target.proto). */
import { StatusError } from "../grpc/status-error.ts";
import type { HttpTargetMessage, OidcToken, UriOverrideMessage } from "./messages.ts";
import type { TaskRequest } from "./task-record.ts";

/** What is `undefined` leaves that part of the address to the task. */
export interface HttpTarget {
  readonly scheme?: "HTTP" | "HTTPS";
  readonly host?: string;
  /** 0: none. */
  readonly port?: number;
  readonly path?: string;
  readonly query?: string;
  readonly mode: "ALWAYS" | "IF_NOT_EXISTS";
  /** Kept and shown like a task's. */
  readonly oidcToken: OidcToken | null;
}

/** The stand-in calls services on this machine and nothing else. */
const LOCAL_HOSTNAMES = ["127.0.0.1", "localhost"];

/** Why an address is not called from here; `undefined` when it is. */
export function whyNotCalled(url: string): string | undefined {
  const { protocol, hostname } = new URL(url);
  if (protocol === "http:" && LOCAL_HOSTNAMES.includes(hostname)) return undefined;
  return `${protocol}//${hostname} is not http://127.0.0.1 or http://localhost; nothing else is called from here`;
}

/** @throws StatusError INVALID_ARGUMENT, or UNIMPLEMENTED for what only other uses need */
export function readHttpTarget(given: HttpTargetMessage | null): HttpTarget | null {
  if (given === null) return null;
  const refused = (field: string) =>
    new StatusError("UNIMPLEMENTED", `http_target.${field} is not served by this stand-in`);
  if (given.httpMethod !== "HTTP_METHOD_UNSPECIFIED") throw refused("http_method");
  if (given.headerOverrides.length > 0) throw refused("header_overrides");
  if (given.oauthToken) throw refused("oauth_token");
  const token = given.oidcToken ?? null;
  if (token !== null && (token.serviceAccountEmail === "" || token.audience === ""))
    throw new StatusError(
      "INVALID_ARGUMENT",
      "http_target.oidc_token takes a service account email and an audience",
    );
  return { ...readOverride(given.uriOverride), oidcToken: token };
}

function readOverride(given: UriOverrideMessage | null): Omit<HttpTarget, "oidcToken"> {
  if (given === null) return { mode: "ALWAYS" };
  const { scheme, host, port, pathOverride, queryOverride, uriOverrideEnforceMode } = given;
  if (host === "") throw new StatusError("INVALID_ARGUMENT", "http_target.uri_override.host is empty");
  if (port !== undefined && (port < 0 || port > 65_535))
    throw new StatusError("INVALID_ARGUMENT", `http_target.uri_override.port is ${port}`);
  return {
    mode: uriOverrideEnforceMode === "IF_NOT_EXISTS" ? "IF_NOT_EXISTS" : "ALWAYS",
    ...(scheme === undefined ? {} : { scheme: scheme === "HTTP" ? "HTTP" : "HTTPS" }),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(pathOverride === null ? {} : { path: pathOverride.path }),
    ...(queryOverride === null ? {} : { query: queryOverride.queryParams }),
  };
}

/** The target as the API shows it. */
export function httpTargetMessage(target: HttpTarget | null): HttpTargetMessage | null {
  if (target === null) return null;
  const { scheme, host, port, path, query, mode, oidcToken } = target;
  return {
    uriOverride: {
      ...(scheme === undefined ? {} : { scheme }),
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      pathOverride: path === undefined ? null : { path },
      queryOverride: query === undefined ? null : { queryParams: query },
      uriOverrideEnforceMode: mode,
    },
    httpMethod: "HTTP_METHOD_UNSPECIFIED",
    headerOverrides: [],
    oidcToken,
  };
}

/** The request of a task as its queue sends it. */
export function overridden(request: TaskRequest, target: HttpTarget | null | undefined): TaskRequest {
  if (!target) return request;
  const headers = Object.entries(request.headers).filter(
    ([name]) => target.oidcToken === null || name.toLowerCase() !== "authorization",
  );
  return {
    ...request,
    url: overriddenUrl(request.url, target),
    headers: Object.fromEntries(headers),
    oidcToken: target.oidcToken ?? request.oidcToken,
  };
}

function overriddenUrl(text: string, { scheme, host, port, path, query, mode }: HttpTarget): string {
  const url = new URL(text);
  const isAlways = mode === "ALWAYS";
  const set = <Value>(value: Value | undefined, isOpen: boolean, write: (value: Value) => void) => {
    if (value !== undefined && (isAlways || isOpen)) write(value);
  };
  // The setter does nothing for a port that is the scheme's own, so that one goes with the scheme.
  set(scheme, false, (value) => (url.protocol = value));
  set(host, false, (value) => (url.hostname = value));
  set(port, url.port === "", (value) => (url.port = value === 0 ? "" : String(value)));
  set(path, url.pathname === "/", (value) => (url.pathname = value));
  set(query, url.search === "", (value) => (url.search = value));
  return url.href;
}
