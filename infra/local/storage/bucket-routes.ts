/** Buckets: insert, list, get, patch, delete. */
import type { Hono } from "hono";
import { ApiError, invalid } from "./api-error.ts";
import type { Objects } from "./objects.ts";
import { baseOf, bodyOf, type Env } from "./request.ts";
import { bucketResource } from "./resource.ts";

/** https://cloud.google.com/storage/docs/buckets#naming */
const BUCKET_NAME = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/;

export function bucketRoutes(api: Hono<Env>, objects: Objects): void {
  api.post("/b", async (context) => {
    const { name, ...settings } = await bodyOf(context);
    if (typeof name !== "string" || !BUCKET_NAME.test(name))
      throw invalid(`Invalid bucket name: '${String(name)}'`);
    if (objects.catalog.bucket(name) !== undefined) {
      throw new ApiError(
        409,
        "conflict",
        "Your previous request to create the named bucket succeeded and you already own it.",
      );
    }
    const bucket = { name, created: Date.now(), settings };
    objects.catalog.putBucket(bucket);
    return context.json(bucketResource(bucket, baseOf(context)));
  });

  api.get("/b", (context) => {
    const prefix = context.req.query("prefix") ?? "";
    const items = objects.catalog.buckets().filter(({ name }) => name.startsWith(prefix));
    return context.json({
      kind: "storage#buckets",
      ...(items.length === 0
        ? {}
        : { items: items.map((bucket) => bucketResource(bucket, baseOf(context))) }),
    });
  });

  api.get("/b/:bucket", (context) =>
    context.json(bucketResource(objects.bucket(context.req.param("bucket")), baseOf(context))),
  );

  api.get("/b/:bucket/storageLayout", (context) => {
    const { name } = objects.bucket(context.req.param("bucket"));
    return context.json({
      kind: "storage#storageLayout",
      bucket: name,
      location: "US",
      locationType: "multi-region",
      hierarchicalNamespace: { enabled: false },
    });
  });

  api.patch("/b/:bucket", async (context) => {
    const bucket = objects.bucket(context.req.param("bucket"));
    const changed = { ...bucket, settings: { ...bucket.settings, ...(await bodyOf(context)) } };
    objects.catalog.putBucket(changed);
    return context.json(bucketResource(changed, baseOf(context)));
  });

  api.delete("/b/:bucket", (context) => {
    const { name } = objects.bucket(context.req.param("bucket"));
    if (!objects.catalog.isEmpty(name)) {
      throw new ApiError(409, "conflict", "The bucket you tried to delete is not empty.");
    }
    objects.catalog.removeBucket(name);
    return context.body(null, 204);
  });
}
