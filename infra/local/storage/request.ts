/** What every route reads of a request. */
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import { parseMetadata } from "./multipart.ts";
import type { Place } from "./objects.ts";

export type Env = { readonly Bindings: HttpBindings };

export const baseOf = (context: Context) => new URL(context.req.url).origin;

/** Both names come percent-encoded, slashes included. */
export function placeOf(context: Context): Place {
  return { bucket: context.req.param("bucket") ?? "", name: context.req.param("object") ?? "" };
}

export async function bodyOf(context: Context): Promise<Record<string, unknown>> {
  return parseMetadata(await context.req.text());
}
