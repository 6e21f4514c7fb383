/** Cloud Storage for tools that change what is written: only with the operator's own rights, the services have none. */
import type { ApiError } from "@google-cloud/storage";
import { PipelineError, reasonOf } from "../errors.ts";
import type { StoredObject } from "../ports.ts";
import { openBucket, type StoreOptions } from "./storage.ts";

export interface Rewriting {
  /**
   * Replaces an object, if it is still the one that was read, and keeps what kind of content it has; `changed` when it is
   * another or gone.
   * @param metadata all of the custom metadata
   * @throws PipelineError STORE_UNAVAILABLE
   */
  (
    object: StoredObject,
    bytes: Uint8Array,
    metadata: Readonly<Record<string, string>>,
  ): Promise<"rewritten" | "changed">;
}

const MISSING_OR_CHANGED = new Set<unknown>([404, 412]);

export function createRewriting(options: StoreOptions): Rewriting {
  const bucket = openBucket(options);
  return async ({ name, generation }, bytes, metadata) => {
    try {
      const file = bucket.file(name);
      const [{ contentType, contentEncoding }] = await file.getMetadata();
      const kind = {
        ...(contentType === undefined ? {} : { contentType }),
        ...(contentEncoding === undefined ? {} : { contentEncoding }),
      };
      await file.save(Buffer.from(bytes), {
        resumable: false,
        validation: "crc32c",
        preconditionOpts: { ifGenerationMatch: Number(generation) },
        metadata: { ...kind, metadata: { ...metadata } },
      });
      return "rewritten";
    } catch (error) {
      if (MISSING_OR_CHANGED.has((error as ApiError).code)) return "changed";
      throw new PipelineError("STORE_UNAVAILABLE", "later", `rewrite ${name}: ${reasonOf(error)}`, {
        cause: error,
      });
    }
  };
}
