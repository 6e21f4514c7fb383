/** What routes read from requests: JSON bodies, pages, format options. */
import { createHash } from "node:crypto";
import type { Context as Call } from "hono";
import { BigQueryError, invalid } from "../errors.ts";
import type { Resource } from "../store/open.ts";

/** @throws BigQueryError `invalid` */
export async function readBody(call: Call): Promise<Resource> {
  const text = await call.req.text();
  if (text === "") return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw invalid(`Parse Error: ${(error as Error).message}`);
  }
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw invalid("The body must be a JSON object");
  return body as Resource;
}

export interface PageRequest {
  readonly start: number;
  readonly maxResults: number | undefined;
}

/** A page token is the row or item that the page begins with. */
export function readPageRequest(call: Call): PageRequest {
  const token = call.req.query("pageToken");
  const start = token
    ? Number(Buffer.from(token, "base64url").toString())
    : Number(call.req.query("startIndex") ?? 0);
  if (!Number.isSafeInteger(start) || start < 0) throw invalid("Invalid page token or start index");
  const given = call.req.query("maxResults");
  const maxResults = given === undefined || given === "" ? undefined : Number(given);
  if (maxResults !== undefined && (!Number.isSafeInteger(maxResults) || maxResults < 0)) {
    throw invalid(`Invalid value for maxResults: ${given}`);
  }
  return { start, maxResults };
}

export function pageToken(start: number): string {
  return Buffer.from(String(start)).toString("base64url");
}

/** One page of a list that is at hand. */
export function pageOf<T>(
  items: readonly T[],
  { start, maxResults = 1000 }: PageRequest,
): { items: T[]; next?: string } {
  const end = start + Math.max(1, maxResults);
  return { items: items.slice(start, end), ...(end < items.length ? { next: pageToken(end) } : {}) };
}

export function isTrue(call: Call, name: string): boolean {
  return call.req.query(name) === "true";
}

export function etagOf(resource: object): string {
  return createHash("sha256").update(JSON.stringify(resource)).digest("base64url").slice(0, 22);
}

/** @throws BigQueryError `conditionNotMet` when `If-Match` names another state */
export function checkEtag(call: Call, etag: string): void {
  const wanted = call.req.header("if-match")?.replaceAll('"', "");
  if (wanted !== undefined && wanted !== "*" && wanted !== etag) {
    throw new BigQueryError("conditionNotMet", "Precondition check failed.");
  }
}

/** What the service fills in itself; given back by a client, it is not a setting. */
const OUTPUT_ONLY = new Set([
  "kind",
  "etag",
  "id",
  "selfLink",
  "tableReference",
  "datasetReference",
  "creationTime",
  "lastModifiedTime",
  "type",
  "numRows",
  "numBytes",
  "numLongTermBytes",
  "numTotalLogicalBytes",
  "numActiveLogicalBytes",
  "numLongTermLogicalBytes",
]);

export function settingsOf(body: Resource): Resource {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !OUTPUT_ONLY.has(key)));
}

/** PATCH: what is given replaces what is there, null removes it (labels are merged one by one). */
export function patched(present: Resource, given: Resource): Resource {
  const merged: Record<string, unknown> = { ...present };
  for (const [key, value] of Object.entries(given)) {
    if (value === null) delete merged[key];
    else if (key === "labels") merged[key] = patched((present[key] ?? {}) as Resource, value as Resource);
    else merged[key] = value;
  }
  return merged;
}
