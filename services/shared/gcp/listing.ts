/** Cloud Storage for tools: listings of any length, with what the objects say of themselves. */
import { PipelineError, reasonOf } from "../errors.ts";
import { openBucket, type StoreOptions } from "./storage.ts";

export interface ListedObject {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** ISO 8601. */
  readonly createdAt: string;
  /** The custom metadata. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The objects with a prefix in the order of their names, from the name `from` on; read page by page, so a bucket of any
 * size takes the memory of one page.
 */
export type Listing = (prefix: string, from?: string) => AsyncGenerator<ListedObject, void, void>;

interface Metadata {
  readonly size?: string | number;
  readonly timeCreated?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

const PAGE = 1_000;

export function createListing(options: StoreOptions): Listing {
  const bucket = openBucket(options);
  return async function* list(prefix, from = "") {
    let query: object | null = { prefix, startOffset: from, autoPaginate: false, maxResults: PAGE };
    while (query !== null) {
      const [files, next]: [{ name: string; metadata: Metadata }[], object | null, ...unknown[]] =
        await bucket.getFiles(query).catch((error: unknown) => {
          throw new PipelineError("STORE_UNAVAILABLE", "later", `list ${prefix}: ${reasonOf(error)}`, {
            cause: error,
          });
        });
      for (const { name, metadata } of files) {
        yield {
          name,
          size: Number(metadata.size ?? 0),
          createdAt: metadata.timeCreated ?? "",
          // https://cloud.google.com/storage/docs/json_api/v1/objects#resource: strings, whatever the client's type says.
          metadata: (metadata.metadata ?? {}) as Record<string, string>,
        };
      }
      query = next;
    }
  };
}
