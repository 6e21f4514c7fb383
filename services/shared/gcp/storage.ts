/** Cloud Storage as the pipeline's store. */
import { EventEmitter, once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { type ApiError, type Bucket, type File, Storage } from "@google-cloud/storage";
import { PipelineError, reasonOf } from "../errors.ts";
import type { SizedObject, Store } from "../ports.ts";
import { endingSilence } from "./silence.ts";

const NOT_FOUND = 404;
const PRECONDITION_FAILED = 412;

export interface StoreOptions {
  readonly project: string;
  readonly bucket: string;
  /** How long a request may be silent; what is safe to repeat is tried three times more after an answer of 429 or 5xx. */
  readonly requestTimeoutMs: number;
  /** Of a stand-in; without it STORAGE_EMULATOR_HOST, or else Google Cloud. */
  readonly address?: string;
}

/** The client passes each download through a dozen streams, which Node would report as a leak every time. */
const STREAMS_PER_DOWNLOAD = 20;

/** @returns the client's bucket; nothing is asked yet */
export function openBucket({ project, bucket, address }: Omit<StoreOptions, "requestTimeoutMs">): Bucket {
  const settings = { projectId: project };
  // A stand-in that does not answer is not running, and trying again does not change that.
  const local = { apiEndpoint: address ?? "", retryOptions: { autoRetry: false } };
  return new Storage(address === undefined ? settings : { ...settings, ...local }).bucket(bucket);
}

/** The client hands on the answer before its bytes. */
async function answerOf(stream: Readable): Promise<IncomingMessage> {
  const [answer] = (await once(stream, "response")) as [IncomingMessage];
  return answer;
}

export function createStore(options: StoreOptions): Store {
  EventEmitter.defaultMaxListeners = Math.max(EventEmitter.defaultMaxListeners, STREAMS_PER_DOWNLOAD);
  const bucket = openBucket(options);

  /** Runs one call; `expected` maps the statuses that are an outcome here, everything else is the store's fault. */
  async function call<T>(
    what: string,
    run: () => Promise<T>,
    expected: Readonly<Record<number, T>>,
  ): Promise<T> {
    try {
      return await endingSilence(options.requestTimeoutMs, run);
    } catch (error) {
      const status = (error as ApiError).code;
      if (typeof status === "number" && Object.hasOwn(expected, status)) return expected[status] as T;
      throw new PipelineError("STORE_UNAVAILABLE", "later", `${what}: ${reasonOf(error)}`, { cause: error });
    }
  }

  const listSized = (prefix: string, limit: number) =>
    call(
      `list ${prefix}`,
      async () => {
        const found: SizedObject[] = [];
        let query: object | null = { prefix, autoPaginate: false, maxResults: Math.min(limit, 1000) };
        while (query !== null && found.length < limit) {
          const [files, next]: [File[], object | null, ...unknown[]] = await bucket.getFiles(query);
          found.push(...files.map(({ name, metadata }) => ({ name, bytes: Number(metadata.size) })));
          query = next;
        }
        return found.slice(0, limit);
      },
      {},
    );

  return {
    create: (name, bytes, { contentType, metadata }) =>
      call<"created" | "exists">(
        `create ${name}`,
        async () => {
          await bucket.file(name).save(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
            resumable: false,
            validation: "crc32c",
            preconditionOpts: { ifGenerationMatch: 0 },
            metadata: { contentType, ...(metadata === undefined ? {} : { metadata: { ...metadata } }) },
          });
          return "created";
        },
        { [PRECONDITION_FAILED]: "exists" },
      ),

    replace: (name, bytes, generation, { contentType }) =>
      call<"replaced" | "changed">(
        `replace ${name}`,
        async () => {
          await bucket.file(name).save(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
            resumable: false,
            validation: "crc32c",
            preconditionOpts: { ifGenerationMatch: generation },
            metadata: { contentType },
          });
          return "replaced";
        },
        { [PRECONDITION_FAILED]: "changed" },
      ),

    read: (name) =>
      call(
        `read ${name}`,
        async () => {
          // One request: the answer's headers tell the generation of the bytes in it, as Google's client for Go takes it
          // (https://github.com/googleapis/google-cloud-go/blob/main/storage/http_client.go).
          const stream = bucket.file(name).createReadStream({ decompress: false });
          const [answer, bytes] = await Promise.all([answerOf(stream), buffer(stream)]);
          const generation = answer.headers["x-goog-generation"];
          if (typeof generation === "string") return { name, bytes, generation };
          // An emulator may leave it out.
          const [metadata] = await bucket.file(name).getMetadata();
          const pinned = String(metadata.generation);
          const [same] = await bucket.file(name, { generation: pinned }).download({ decompress: false });
          return { name, bytes: same, generation: pinned };
        },
        { [NOT_FOUND]: undefined },
      ),

    list: async (prefix, limit) => (await listSized(prefix, limit)).map(({ name }) => name),

    listSized,

    async folders(prefix) {
      return call(
        `list ${prefix}`,
        async () => {
          const found: string[] = [];
          let query: object | null = { prefix, delimiter: "/", autoPaginate: false };
          while (query !== null) {
            const [, next, response]: [unknown, object | null, unknown, ...unknown[]] =
              await bucket.getFiles(query);
            found.push(...((response as { prefixes?: string[] } | undefined)?.prefixes ?? []));
            query = next;
          }
          return found;
        },
        {},
      );
    },

    copy: (from, to) =>
      call<"copied" | "missing">(
        `copy ${from}`,
        async () => {
          await bucket.file(from).copy(bucket.file(to));
          return "copied";
        },
        { [NOT_FOUND]: "missing" },
      ),

    remove: (name, generation) =>
      call<void>(
        `remove ${name}`,
        async () => {
          await bucket.file(name).delete(generation === undefined ? {} : { ifGenerationMatch: generation });
        },
        { [NOT_FOUND]: undefined, [PRECONDITION_FAILED]: undefined },
      ),
  };
}
