/** What can be done to objects, each with its preconditions checked and its change made in one go. */
import { ApiError, invalid, noBucket, noObject } from "./api-error.ts";
import type { Blob, Blobs } from "./blobs.ts";
import type { BucketRecord, Catalog, ObjectMetadata, ObjectRecord } from "./catalog.ts";
import { checkPreconditions } from "./preconditions.ts";
import { settableFrom } from "./resource.ts";

export type Query = Readonly<Record<string, string>>;

export interface Place {
  readonly bucket: string;
  readonly name: string;
}

export class Objects {
  readonly catalog: Catalog;
  readonly blobs: Blobs;

  constructor(catalog: Catalog, blobs: Blobs) {
    this.catalog = catalog;
    this.blobs = blobs;
  }

  bucket(name: string): BucketRecord {
    const found = this.catalog.bucket(name);
    if (found === undefined) throw noBucket();
    return found;
  }

  /** The live object, or the one of the generation that the request names. */
  get({ bucket, name }: Place, query: Query = {}): ObjectRecord {
    this.bucket(bucket);
    const found = this.catalog.object(bucket, name);
    const generation = query["generation"];
    if (found === undefined || (generation && Number(generation) !== found.generation))
      throw noObject(bucket, name);
    return found;
  }

  /** As `get`, with the request's preconditions. */
  getChecked(place: Place, query: Query): ObjectRecord {
    const found = this.get(place, query);
    checkPreconditions(query, found);
    return found;
  }

  /** Checked before the content is read and again when it is written: the name may be taken in between. */
  check({ bucket, name }: Place, query: Query): void {
    this.bucket(bucket);
    const bytes = Buffer.byteLength(name);
    if (bytes < 1 || bytes > 1024 || /[\r\n]/.test(name) || name === "." || name === "..") {
      throw invalid(`Invalid object name: it takes 1 to 1024 bytes of UTF-8 without line breaks`);
    }
    checkPreconditions(query, this.catalog.object(bucket, name));
  }

  /** Gives the content its name. Between the check and the commit nothing else runs. */
  async commit(
    place: Place,
    blob: Blob,
    given: Record<string, unknown>,
    query: Query,
  ): Promise<ObjectRecord> {
    try {
      this.check(place, query);
      for (const hash of ["crc32c", "md5Hash"] as const) {
        if (typeof given[hash] === "string" && given[hash] !== blob[hash]) {
          throw invalid(
            `Provided ${hash} "${given[hash]}" doesn't match calculated ${hash} "${blob[hash]}".`,
          );
        }
      }
    } catch (error) {
      await this.blobs.remove(blob.file);
      throw error;
    }
    return this.put(place, blob, settableFrom(given), {});
  }

  async put(
    place: Place,
    blob: Blob,
    settable: ObjectMetadata,
    more: { componentCount?: number },
  ): Promise<ObjectRecord> {
    const replaced = this.catalog.object(place.bucket, place.name);
    const now = Date.now();
    const record: ObjectRecord = {
      ...place,
      ...blob,
      ...more,
      settable,
      generation: this.catalog.nextGeneration(now),
      metageneration: 1,
      created: now,
      updated: now,
    };
    try {
      this.catalog.putObject(record);
    } catch (error) {
      // On a full disk, content without a name would take the room of other objects.
      await this.blobs.remove(blob.file);
      throw error;
    }
    if (replaced !== undefined) await this.blobs.remove(replaced.file);
    return record;
  }

  async remove(place: Place, query: Query): Promise<void> {
    const found = this.getChecked(place, query);
    this.catalog.removeObject(place.bucket, place.name);
    await this.blobs.remove(found.file);
  }

  patch(place: Place, given: Record<string, unknown>, query: Query): ObjectRecord {
    const found = this.getChecked(place, query);
    const record = {
      ...found,
      settable: settableFrom(given, found.settable),
      metageneration: found.metageneration + 1,
      updated: Date.now(),
    };
    this.catalog.putObject(record);
    return record;
  }

  async copy(from: Place, to: Place, given: Record<string, unknown>, query: Query): Promise<ObjectRecord> {
    const source = this.get(from, query["sourceGeneration"] ? { generation: query["sourceGeneration"] } : {});
    checkPreconditions(query, source, "Source");
    this.check(to, query);
    const blob = await this.blobs.write(this.blobs.read(source.file));
    const settable = Object.keys(given).length > 0 ? settableFrom(given, source.settable) : source.settable;
    this.check(to, query);
    return this.put(to, blob, settable, {});
  }

  /** https://cloud.google.com/storage/docs/composite-objects: 1 to 32 objects of the same bucket. */
  async compose(
    to: Place,
    sources: readonly Place[],
    given: Record<string, unknown>,
    query: Query,
  ): Promise<ObjectRecord> {
    if (sources.length < 1 || sources.length > 32) {
      throw new ApiError(
        400,
        "required",
        "The number of source components provided must be between 1 and 32.",
      );
    }
    this.check(to, query);
    const parts = sources.map((source) => this.get(source));
    const { blobs } = this;
    const blob = await blobs.write(
      (async function* () {
        for (const part of parts) yield* blobs.read(part.file) as AsyncIterable<Uint8Array>;
      })(),
    );
    this.check(to, query);
    const componentCount = parts.reduce((sum, part) => sum + (part.componentCount ?? 1), 0);
    return this.put(to, blob, settableFrom(given), { componentCount });
  }
}
