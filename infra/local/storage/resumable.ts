/** Resumable upload sessions (https://cloud.google.com/storage/docs/performing-resumable-uploads). */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { ApiError, invalid } from "./api-error.ts";
import type { ObjectRecord } from "./catalog.ts";
import type { Objects, Place, Query } from "./objects.ts";

interface Session {
  readonly place: Place;
  readonly metadata: Record<string, unknown>;
  readonly query: Query;
  readonly file: string;
  received: number;
  done?: ObjectRecord;
}

export type Progress =
  | { readonly outcome: "incomplete"; readonly received: number }
  | { readonly outcome: "done"; readonly object: ObjectRecord };

/** Sessions live as long as the process: after a restart a client's session is gone (410 at Google), it starts anew. */
export class Resumable {
  readonly #objects: Objects;
  readonly #folder: string;
  readonly #sessions = new Map<string, Session>();

  constructor(objects: Objects, folder: string) {
    this.#objects = objects;
    this.#folder = folder;
  }

  open(place: Place, metadata: Record<string, unknown>, query: Query): string {
    this.#objects.check(place, query);
    const id = randomUUID();
    this.#sessions.set(id, { place, metadata, query, file: join(this.#folder, `upload-${id}`), received: 0 });
    return id;
  }

  async cancel(id: string): Promise<void> {
    const session = this.#session(id);
    this.#sessions.delete(id);
    await rm(session.file, { force: true });
  }

  /**
   * One PUT. `Content-Range: bytes 0-99/200` is a chunk, `bytes 0-…/*` one of an unknown total, `bytes *\/200` a
   * question for the state. A PUT of `bytes 0-*\/*` or without the header brings everything.
   */
  async put(
    id: string,
    contentRange: string | undefined,
    body: AsyncIterable<Uint8Array>,
  ): Promise<Progress> {
    const session = this.#session(id);
    if (session.done !== undefined) return { outcome: "done", object: session.done };
    const range = parseRange(contentRange);
    if (range.start !== undefined) {
      if (range.start > session.received) {
        throw invalid(
          `Invalid request. According to the Content-Range header, the upload offset is ${range.start} byte(s), which exceeds already uploaded size of ${session.received} byte(s).`,
        );
      }
      await this.#append(session, range.start, body);
    }
    const complete =
      range.total === "this" || (typeof range.total === "number" && session.received >= range.total);
    if (!complete) return { outcome: "incomplete", received: session.received };
    const blob = await this.#objects.blobs.write(
      session.received === 0 ? empty() : createReadStream(session.file),
    );
    session.done = await this.#objects.commit(session.place, blob, session.metadata, session.query);
    await rm(session.file, { force: true });
    return { outcome: "done", object: session.done };
  }

  async #append(session: Session, start: number, body: AsyncIterable<Uint8Array>): Promise<void> {
    if (start < session.received) await truncate(session.file, start);
    session.received = start;
    const out = createWriteStream(session.file, { flags: start === 0 ? "w" : "a" });
    // Without a listener an error that comes while no chunk does, as of a full disk, would end the process.
    out.on("error", () => {});
    try {
      for await (const chunk of body) {
        if (out.errored !== null) break;
        if (!out.write(chunk)) await once(out, "drain");
      }
    } finally {
      // What arrived before a broken connection counts: the client asks how far it got.
      await new Promise<void>((resolve) => out.end(() => resolve()));
      session.received = (await stat(session.file)).size;
    }
    if (out.errored !== null) throw out.errored;
  }

  #session(id: string): Session {
    const session = this.#sessions.get(id);
    if (session === undefined) throw new ApiError(404, "notFound", "No such upload session");
    return session;
  }
}

async function* empty(): AsyncGenerator<Uint8Array> {}

interface Range {
  /** `undefined` when only the state is asked for. */
  readonly start?: number;
  /** `this`: the request brings the last byte, however many there are. */
  readonly total: number | "unknown" | "this";
}

function parseRange(header: string | undefined): Range {
  if (header === undefined) return { start: 0, total: "this" };
  const status = /^bytes \*\/(\d+|\*)$/.exec(header);
  if (status !== null) return { total: status[1] === "*" ? "unknown" : Number(status[1]) };
  const chunk = /^bytes (\d+)-(\d+|\*)\/(\d+|\*)$/.exec(header);
  if (chunk === null) throw invalid(`Failed to parse Content-Range header: ${header}`);
  const start = Number(chunk[1]);
  if (chunk[3] !== "*") return { start, total: Number(chunk[3]) };
  return { start, total: chunk[2] === "*" ? "this" : "unknown" };
}
