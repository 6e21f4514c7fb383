/** Cloud Storage for tools that change what is written: only with the operator's own rights, the services have none. */
import type { ApiError } from "@google-cloud/storage";
import { PipelineError, reasonOf } from "../errors.ts";
import type { StoredObject } from "../ports.ts";
import { openBucket, type StoreOptions } from "./storage.ts";

export interface Rewriting {
  /**
   * Replaces an object, if it is still the one that was read; `changed` when it is another or gone.
   * @throws PipelineError STORE_UNAVAILABLE
   */
  (
    object: StoredObject,
    bytes: Uint8Array,
    options: { readonly contentType: string; readonly metadata: Readonly<Record<string, string>> },
  ): Promise<"rewritten" | "changed">;
}

const PRECONDITION_FAILED = 412;

export function createRewriting(options: StoreOptions): Rewriting {
  const bucket = openBucket(options);
  return async ({ name, generation }, bytes, { contentType, metadata }) => {
    try {
      await bucket.file(name).save(Buffer.from(bytes), {
        resumable: false,
        validation: "crc32c",
        preconditionOpts: { ifGenerationMatch: Number(generation) },
        metadata: { contentType, metadata: { ...metadata } },
      });
      return "rewritten";
    } catch (error) {
      if ((error as ApiError).code === PRECONDITION_FAILED) return "changed";
      throw new PipelineError("STORE_UNAVAILABLE", "later", `rewrite ${name}: ${reasonOf(error)}`, {
        cause: error,
      });
    }
  };
}
