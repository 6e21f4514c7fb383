/** Objects of Cloud Storage, over its JSON API. */
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { BigQueryError, invalid, notFound } from "../errors.ts";

export interface SourceObject {
  readonly uri: string;
  readonly bucket: string;
  readonly name: string;
}

export interface OpenObject {
  readonly chunks: AsyncIterable<Buffer>;
  /** Bytes as they are stored. */
  readonly storedBytes: number;
}

const CHUNK_BYTES = 256 * 1024;
const NOT_FOUND = 404;
const GZIP_MAGIC = [0x1f, 0x8b];

/**
 * The objects behind the URIs of a load job; one `*` in an object's name stands for any characters
 * (https://cloud.google.com/bigquery/docs/batch-loading-data#load-wildcards).
 */
export async function resolveObjects(
  uris: readonly string[],
  storageUrl: string,
  signal: AbortSignal,
): Promise<readonly SourceObject[]> {
  const found: SourceObject[] = [];
  for (const uri of uris) {
    const parts = /^gs:\/\/([^/*]+)\/(.+)$/s.exec(uri);
    const [, bucket, name] = parts ?? [];
    if (bucket === undefined || name === undefined) throw invalid(`Invalid source URI: ${uri}`);
    const stars = name.split("*").length - 1;
    if (stars > 1) throw invalid(`A source URI may have one wildcard: ${uri}`);
    if (stars === 0) found.push({ uri, bucket, name });
    else found.push(...(await matching(bucket, name, uri, storageUrl, signal)));
  }
  return found;
}

async function matching(
  bucket: string,
  pattern: string,
  uri: string,
  storageUrl: string,
  signal: AbortSignal,
): Promise<readonly SourceObject[]> {
  const [prefix = "", suffix = ""] = pattern.split("*");
  const names: string[] = [];
  let pageToken: string | undefined;
  do {
    const query = new URLSearchParams({ prefix, ...(pageToken === undefined ? {} : { pageToken }) });
    const answer = await get(
      `${storageUrl}/storage/v1/b/${encodeURIComponent(bucket)}/o?${query.toString()}`,
      uri,
      signal,
    );
    const page = (await answer.json()) as { items?: { name: string }[]; nextPageToken?: string };
    names.push(...(page.items ?? []).map(({ name }) => name));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  const matched = names.filter(
    (name) => name.endsWith(suffix) && name.length >= prefix.length + suffix.length,
  );
  if (matched.length === 0) throw notFound(`Uris ${uri}`);
  return matched.map((name) => ({ uri: `gs://${bucket}/${name}`, bucket, name }));
}

/** @throws BigQueryError `notFound` when there is no such object, `backendError` when the storage fails */
export async function openObject(
  { uri, bucket, name }: SourceObject,
  storageUrl: string,
  signal: AbortSignal,
): Promise<OpenObject> {
  const path = `${storageUrl}/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(name)}`;
  const answer = await get(`${path}?alt=media`, uri, signal);
  if (answer.body === null) return { chunks: Readable.from([]), storedBytes: 0 };
  const stored = answer.headers.get("x-goog-stored-content-length") ?? answer.headers.get("content-length");
  const bytes = Readable.fromWeb(answer.body);
  return { chunks: await plain(bytes, uri), storedBytes: Number(stored ?? 0) };
}

/** Compressed content is known by its first bytes. */
export async function plain(bytes: Readable, uri: string): Promise<AsyncIterable<Buffer>> {
  const chunks = bytes[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let head = Buffer.alloc(0);
  while (head.length < GZIP_MAGIC.length) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    try {
      yield head;
      for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
        yield Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
      }
    } finally {
      await chunks.return?.();
    }
  }
  if (!GZIP_MAGIC.every((byte, index) => head[index] === byte)) return all();
  const unzipped = pipeline(Readable.from(all()), createGunzip({ chunkSize: CHUNK_BYTES }), () => {
    // The error also ends the iteration below, where it is told.
  });
  return named(unzipped, uri);
}

async function* named(chunks: AsyncIterable<Buffer>, uri: string): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (!code.startsWith("Z_") && code !== "ERR_TRAILING_JUNK_AFTER_STREAM_END") throw error;
    throw new BigQueryError(
      "invalid",
      `Error while reading data, error message: Decompression failed: ${code}`,
      uri,
    );
  }
}

async function get(url: string, uri: string, signal: AbortSignal): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(url, { signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const cause = (error as Error).cause ?? error;
    throw new BigQueryError("backendError", `Cannot reach Cloud Storage for ${uri}: ${String(cause)}`);
  }
  if (answer.ok) return answer;
  await answer.body?.cancel();
  // The URI stands in the message only (a recorded job: viant/bqtail, tail/status/uris_test.go).
  if (answer.status === NOT_FOUND) throw notFound(`URI ${uri}`);
  throw new BigQueryError("backendError", `Cloud Storage answered ${answer.status} for ${uri}`);
}

/** STORAGE_EMULATOR_HOST comes with and without its scheme. */
export function storageUrlFrom(env: NodeJS.ProcessEnv): string {
  const given = env["STORAGE_EMULATOR_HOST"]?.trim() || "http://127.0.0.1:4443";
  return (given.includes("://") ? given : `http://${given}`).replace(/\/+$/, "");
}
