/** What the buckets hold: names, generations and metadata in SQLite, contents in files (see `blobs.ts`). */
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { Blob } from "./blobs.ts";

export interface BucketRecord {
  readonly name: string;
  /** Milliseconds since the epoch, as every time here. */
  readonly created: number;
  /** The bucket resource's other fields, as they were given. */
  readonly settings: Record<string, unknown>;
}

/** The fields of an object that a client may set. */
export interface ObjectMetadata {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly contentDisposition?: string;
  readonly contentLanguage?: string;
  readonly cacheControl?: string;
  readonly metadata?: Record<string, string>;
}

export interface ObjectRecord extends Blob {
  readonly bucket: string;
  readonly name: string;
  readonly generation: number;
  readonly metageneration: number;
  readonly created: number;
  readonly updated: number;
  readonly componentCount?: number;
  readonly settable: ObjectMetadata;
}

export interface Listing {
  readonly items: readonly ObjectRecord[];
  readonly prefixes: readonly string[];
  /** The last name or prefix of this page, if there is a next. */
  readonly nextFrom?: string;
}

export interface ListQuery {
  readonly prefix: string;
  readonly delimiter: string;
  /** Names after this (exclusive), for the next page. */
  readonly after: string;
  readonly startOffset: string;
  readonly endOffset: string;
  readonly max: number;
}

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, created INTEGER NOT NULL, settings TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL, name BLOB NOT NULL, generation INTEGER NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (bucket, name)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS generations (last INTEGER NOT NULL);
`;

/** Names are kept as UTF-8 bytes, so that they sort as Cloud Storage sorts them. */
const key = (name: string) => Buffer.from(name, "utf8");

/** Sorts after every name that begins with the same characters. */
const END = Buffer.from([0xff]);

export class Catalog {
  readonly #db: DatabaseSync;
  #lastGeneration: number;

  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.#db.exec(SCHEMA);
    const row = this.#db.prepare("SELECT MAX(generation) AS last FROM objects").get();
    this.#lastGeneration = Number(row?.["last"] ?? 0);
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  /** Generations are microseconds in Google's own, and never repeat. */
  nextGeneration(now: number): number {
    this.#lastGeneration = Math.max(this.#lastGeneration + 1, now * 1000);
    return this.#lastGeneration;
  }

  #get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return this.#db.prepare(sql).get(...values);
  }

  bucket(name: string): BucketRecord | undefined {
    const row = this.#get("SELECT created, settings FROM buckets WHERE name = ?", name);
    return (
      row && {
        name,
        created: Number(row["created"]),
        settings: JSON.parse(String(row["settings"])) as BucketRecord["settings"],
      }
    );
  }

  buckets(): BucketRecord[] {
    const rows = this.#db.prepare("SELECT name FROM buckets ORDER BY name").all();
    return rows.map((row) => this.bucket(String(row["name"]))).filter((bucket) => bucket !== undefined);
  }

  putBucket({ name, created, settings }: BucketRecord): void {
    this.#db
      .prepare("INSERT OR REPLACE INTO buckets (name, created, settings) VALUES (?, ?, ?)")
      .run(name, created, JSON.stringify(settings));
  }

  removeBucket(name: string): void {
    this.#db.prepare("DELETE FROM buckets WHERE name = ?").run(name);
  }

  isEmpty(bucket: string): boolean {
    return this.#get("SELECT 1 FROM objects WHERE bucket = ? LIMIT 1", bucket) === undefined;
  }

  object(bucket: string, name: string): ObjectRecord | undefined {
    const row = this.#get("SELECT record FROM objects WHERE bucket = ? AND name = ?", bucket, key(name));
    return row && (JSON.parse(String(row["record"])) as ObjectRecord);
  }

  /** Writes the object in one transaction; what it replaces is the caller's to clean up. */
  putObject(record: ObjectRecord): void {
    this.#db
      .prepare("INSERT OR REPLACE INTO objects (bucket, name, generation, record) VALUES (?, ?, ?, ?)")
      .run(record.bucket, key(record.name), record.generation, JSON.stringify(record));
  }

  removeObject(bucket: string, name: string): void {
    this.#db.prepare("DELETE FROM objects WHERE bucket = ? AND name = ?").run(bucket, key(name));
  }

  /** Whether any object's content is in that file. */
  files(): Set<string> {
    const rows = this.#db.prepare("SELECT record ->> '$.file' AS file FROM objects").all();
    return new Set(rows.map((row) => String(row["file"])));
  }

  /** One page in name order; with a delimiter, names that have it behind the prefix are folded into prefixes. */
  list(bucket: string, query: ListQuery): Listing {
    const items: ObjectRecord[] = [];
    const prefixes: string[] = [];
    const next = this.#db.prepare(
      "SELECT name, record FROM objects WHERE bucket = ? AND name >= ? AND name < ? ORDER BY name LIMIT ?",
    );
    const upper = upperBound(query);
    let from = lowerBound(query);
    let last = "";
    for (;;) {
      const wanted = query.max - items.length - prefixes.length;
      if (wanted === 0)
        return this.#hasMore(bucket, from, upper) ? { items, prefixes, nextFrom: last } : { items, prefixes };
      const rows = next.all(bucket, from, upper, query.delimiter === "" ? wanted : 1);
      for (const row of rows) {
        const name = Buffer.from(row["name"] as Uint8Array).toString("utf8");
        const cut = query.delimiter === "" ? -1 : name.indexOf(query.delimiter, query.prefix.length);
        if (cut >= 0) {
          last = name.slice(0, cut + query.delimiter.length);
          prefixes.push(last);
          from = Buffer.concat([key(last), END]);
        } else {
          items.push(JSON.parse(String(row["record"])) as ObjectRecord);
          last = name;
          from = Buffer.concat([key(name), Buffer.from([0])]);
        }
      }
      if (rows.length === 0) return { items, prefixes };
    }
  }

  #hasMore(bucket: string, from: Buffer, upper: Buffer): boolean {
    const sql = "SELECT 1 FROM objects WHERE bucket = ? AND name >= ? AND name < ? LIMIT 1";
    return this.#get(sql, bucket, from, upper) !== undefined;
  }
}

function lowerBound({ prefix, startOffset, after, delimiter }: ListQuery): Buffer {
  const isPrefix = delimiter !== "" && after.endsWith(delimiter) && after.length > prefix.length;
  const behind = after === "" ? key("") : Buffer.concat([key(after), isPrefix ? END : Buffer.from([0])]);
  return [key(prefix), key(startOffset), behind].reduce((a, b) => (Buffer.compare(a, b) >= 0 ? a : b));
}

function upperBound({ prefix, endOffset }: ListQuery): Buffer {
  const behind = Buffer.concat([key(prefix), END]);
  return endOffset !== "" && Buffer.compare(key(endOffset), behind) < 0 ? key(endOffset) : behind;
}
