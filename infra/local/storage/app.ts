/** The JSON API's routes, under every prefix that Google's clients use. */
import type { IncomingMessage } from "node:http";
import { type Context, Hono } from "hono";
import { faultText } from "../fault-text.ts";
import { ApiError, invalid } from "./api-error.ts";
import { bucketRoutes } from "./bucket-routes.ts";
import { download } from "./download.ts";
import { readMultipart } from "./multipart.ts";
import type { Objects, Place, Query } from "./objects.ts";
import { baseOf, bodyOf, type Env, placeOf } from "./request.ts";
import { objectResource } from "./resource.ts";
import type { Resumable } from "./resumable.ts";

export function createStorageApp(objects: Objects, resumable: Resumable): Hono<Env> {
  const app = new Hono<Env>();
  app.onError(async (error, context) => {
    const known = error instanceof ApiError ? error : unexpected(error, context);
    // What of an upload was not read would stand before the connection's next request.
    const isUnread = !(await readToEnd(context.env.incoming));
    return context.json(known.toJSON(), known.status, isUnread ? { connection: "close" } : {});
  });
  app.notFound((context) =>
    context.json(
      new ApiError(404, "notFound", `${context.req.method} ${context.req.path} is not covered here`).toJSON(),
      404,
    ),
  );
  const api = new Hono<Env>();
  bucketRoutes(api, objects);
  objectRoutes(api, objects);
  for (const prefix of ["/storage/v1", "/download/storage/v1", ""]) app.route(prefix, api);
  for (const prefix of ["/upload/storage/v1", "/resumable/upload/storage/v1", "/upload"]) {
    app.route(prefix, uploadRoutes(objects, resumable));
  }
  return app;
}

function objectRoutes(api: Hono<Env>, objects: Objects): void {
  const resource = (context: Context, object: ReturnType<Objects["get"]>) =>
    context.json(objectResource(object, baseOf(context)));

  api.get("/b/:bucket/o", (context) => {
    const { name: bucket } = objects.bucket(context.req.param("bucket"));
    const query = context.req.query();
    const max = Math.min(Number(query["maxResults"]) || 1000, 1000);
    const page = objects.catalog.list(bucket, {
      prefix: query["prefix"] ?? "",
      delimiter: query["delimiter"] ?? "",
      after: pageFrom(query["pageToken"]),
      startOffset: query["startOffset"] ?? "",
      endOffset: query["endOffset"] ?? "",
      max,
    });
    return context.json({
      kind: "storage#objects",
      ...(page.items.length === 0
        ? {}
        : { items: page.items.map((item) => objectResource(item, baseOf(context))) }),
      ...(page.prefixes.length === 0 ? {} : { prefixes: page.prefixes }),
      ...(page.nextFrom === undefined
        ? {}
        : { nextPageToken: Buffer.from(page.nextFrom).toString("base64url") }),
    });
  });

  api.get("/b/:bucket/o/:object", (context) => {
    const query = context.req.query();
    const object = objects.get(placeOf(context), query);
    return query["alt"] === "media" || context.req.path.startsWith("/download/")
      ? download(context, object, objects, query)
      : resource(context, objects.getChecked(placeOf(context), query));
  });

  const patch = async (context: Context<Env>) =>
    resource(context, objects.patch(placeOf(context), await bodyOf(context), context.req.query()));
  api.patch("/b/:bucket/o/:object", patch);
  api.put("/b/:bucket/o/:object", patch);

  api.delete("/b/:bucket/o/:object", async (context) => {
    await objects.remove(placeOf(context), context.req.query());
    return context.body(null, 204);
  });

  const copy = async (context: Context<Env>) => {
    const to = { bucket: context.req.param("toBucket") ?? "", name: context.req.param("toObject") ?? "" };
    return objects.copy(placeOf(context), to, await bodyOf(context), context.req.query());
  };
  api.post("/b/:bucket/o/:object/copyTo/b/:toBucket/o/:toObject", async (context) =>
    resource(context, await copy(context)),
  );
  api.post("/b/:bucket/o/:object/rewriteTo/b/:toBucket/o/:toObject", async (context) => {
    const object = await copy(context);
    const size = String(object.size);
    return context.json({
      kind: "storage#rewriteResponse",
      totalBytesRewritten: size,
      objectSize: size,
      done: true,
      resource: objectResource(object, baseOf(context)),
    });
  });

  api.post("/b/:bucket/o/:object/compose", async (context) => {
    const body = await bodyOf(context);
    const to = placeOf(context);
    const sources = (body["sourceObjects"] ?? []) as { name: string }[];
    const places = sources.map(({ name }) => ({ bucket: to.bucket, name }));
    const destination = (body["destination"] ?? {}) as Record<string, unknown>;
    return resource(context, await objects.compose(to, places, destination, context.req.query()));
  });
}

function pageFrom(token: string | undefined): string {
  return token === undefined ? "" : Buffer.from(token, "base64url").toString("utf8");
}

/** https://cloud.google.com/storage/docs/uploads-downloads: simple, multipart and resumable. */
function uploadRoutes(objects: Objects, resumable: Resumable): Hono<Env> {
  const routes = new Hono<Env>();
  const named = (bucket: string, query: Query, metadata: Record<string, unknown>): Place => {
    const name = query["name"] ?? metadata["name"];
    if (typeof name !== "string") throw invalid("Required parameter: name");
    return { bucket, name };
  };

  routes.post("/b/:bucket/o", async (context) => {
    const bucket = context.req.param("bucket");
    const query = context.req.query();
    const contentType = context.req.header("content-type");
    const { incoming } = context.env;
    objects.bucket(bucket);
    if (query["uploadType"] === "resumable") {
      const metadata = await bodyOf(context);
      const declared = context.req.header("x-upload-content-type");
      if (declared !== undefined) metadata["contentType"] ??= declared;
      const id = resumable.open(named(bucket, query, metadata), metadata, query);
      const url = new URL(context.req.url);
      url.searchParams.set("upload_id", id);
      return context.body(null, 200, { location: url.href, "x-guploader-uploadid": id });
    }
    const isMultipart = query["uploadType"] === "multipart";
    const parts = isMultipart
      ? await readMultipart(contentType ?? "", incoming)
      : {
          metadata: {} as Record<string, unknown>,
          content: incoming as AsyncIterable<Uint8Array>,
          contentType,
        };
    if (parts.contentType !== undefined) parts.metadata["contentType"] ??= parts.contentType;
    if (query["contentEncoding"] !== undefined)
      parts.metadata["contentEncoding"] ??= query["contentEncoding"];
    hashesOf(context.req.header("x-goog-hash"), parts.metadata);
    const place = named(bucket, query, parts.metadata);
    objects.check(place, query);
    const blob = await objects.blobs.write(parts.content);
    return context.json(
      objectResource(await objects.commit(place, blob, parts.metadata, query), baseOf(context)),
    );
  });

  routes.put("/b/:bucket/o", async (context) => {
    const id = context.req.query("upload_id") ?? "";
    const progress = await resumable.put(id, context.req.header("content-range"), context.env.incoming);
    if (progress.outcome === "done") return context.json(objectResource(progress.object, baseOf(context)));
    const range = progress.received === 0 ? {} : { range: `bytes=0-${progress.received - 1}` };
    return context.body(null, 308, range);
  });

  routes.delete("/b/:bucket/o", async (context) => {
    await resumable.cancel(context.req.query("upload_id") ?? "");
    return context.body(null, 499 as never);
  });
  return routes;
}

/** `x-goog-hash: crc32c=…,md5=…` is checked like the metadata's own fields. */
function hashesOf(header: string | undefined, metadata: Record<string, unknown>): void {
  for (const [, kind, value] of (header ?? "").matchAll(/(crc32c|md5)=([A-Za-z0-9+/=]+)/g)) {
    metadata[kind === "md5" ? "md5Hash" : "crc32c"] ??= value;
  }
}

/** A client that still writes when the connection ends may never see the answer: so what is short is read. */
const SHORT_BYTES = 2 ** 20;

/** False when more comes than is worth reading, or the client has gone. */
async function readToEnd(incoming: IncomingMessage): Promise<boolean> {
  if (incoming.readableEnded || incoming.destroyed) return incoming.readableEnded;
  let bytes = 0;
  try {
    // Without destroying it: the answer goes through the same socket.
    for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
      bytes += (chunk as Buffer).length;
      if (bytes > SHORT_BYTES) return false;
    }
    return true;
  } catch (error) {
    if (incoming.destroyed) return false;
    throw error;
  }
}

function unexpected(error: Error, { req }: Context<Env>): ApiError {
  console.error(`storage: ${req.method} ${req.path}: ${faultText(error)}`);
  return new ApiError(500, "internalError", "internal error; the stand-in printed the reason");
}
