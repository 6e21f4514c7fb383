/** What Cloud Storage and BigQuery, whose APIs are older than the rest, have in common. */
import { type Call, nextEtag } from "./call.ts";
import { notFound } from "./google-error.ts";
import type { Json } from "./json.ts";

/** @throws GoogleError NOT_FOUND with the API's own words */
export function found(call: Call, name: string, message: string): Json {
  const resource = call.world.state.resources.get(name);
  if (resource === undefined) throw notFound(message);
  return resource;
}

/** JSON merge patch (https://www.rfc-editor.org/rfc/rfc7396), as both APIs' `patch` works: `null` removes. */
export function mergePatch(before: Json, changes: Json): Json {
  const next: Json = { ...before };
  for (const [name, value] of Object.entries(changes)) {
    const old = next[name];
    if (value === null) delete next[name];
    else if (typeof value === "object" && !Array.isArray(value)) {
      const base = typeof old === "object" && old !== null && !Array.isArray(old) ? (old as Json) : {};
      next[name] = mergePatch(base, value as Json);
    } else next[name] = value;
  }
  return next;
}

export function withEtag(call: Call, resource: Json): Json {
  return { ...resource, etag: nextEtag(call.world) };
}
