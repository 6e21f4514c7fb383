/** Cloud Storage for tools that change what is written: only with the operator's own rights, the services have none. */
import { PipelineError, reasonOf } from "../errors.ts";
import { openBucket, type StoreOptions } from "./storage.ts";

export interface Rewriting {
  /**
   * Replaces an object, if it is still that generation of it.
   * @throws PipelineError STORE_UNAVAILABLE
   */
  (
    name: string,
    bytes: Uint8Array,
    generation: string,
    metadata: Readonly<Record<string, string>>,
  ): Promise<void>;
}

export function createRewriting(options: StoreOptions): Rewriting {
  const bucket = openBucket(options);
  return async (name, bytes, generation, metadata) => {
    try {
      await bucket.file(name).save(Buffer.from(bytes), {
        resumable: false,
        validation: "crc32c",
        preconditionOpts: { ifGenerationMatch: Number(generation) },
        metadata: { contentType: "application/gzip", metadata: { ...metadata } },
      });
    } catch (error) {
      throw new PipelineError("STORE_UNAVAILABLE", "later", `rewrite ${name}: ${reasonOf(error)}`, {
        cause: error,
      });
    }
  };
}
