/** The files of a folder and of those below it, links included. */
import type { BigIntStats } from "node:fs";
import { createReadStream } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import type { Found, FoundFile } from "./sources.ts";

/** What holds for all that is found below one place. */
interface Walk {
  /** How many parts the place's own path has. */
  readonly placed: number;
  /** Folders that are read already, by device and inode: none is read twice, and links back to one end there. */
  readonly seen: Set<string>;
}

/** @throws PipelineError CONFIG_INVALID when the place itself cannot be read */
export async function* onDisk(place: string): AsyncGenerator<Found, void, void> {
  // The folders above may say the type, wherever the command was run.
  const path = resolve(place);
  const about = await stat(path, { bigint: true }).catch(refuse(path));
  const isLinked = (await realpath(path).catch(refuse(path))) !== path;
  if (!about.isDirectory()) {
    // Of what was named itself a pipe will do, such as a shell's `<(…)`.
    yield await fileAt(path, about, isLinked, partsOf(path).length);
    return;
  }
  await readdir(path).catch(refuse(path));
  yield* inFolder(path, isLinked, { placed: partsOf(path).length, seen: new Set([identityOf(about)]) });
}

async function* inFolder(folder: string, isLinked: boolean, walk: Walk): AsyncGenerator<Found, void, void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(reasonOf);
  if (typeof entries === "string") {
    yield { outcome: "left-out", path: folder, why: "unreadable", reason: entries };
    return;
  }
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    const isLink = entry.isSymbolicLink();
    // The recorder never writes a name that begins with a point; volumes, sync tools and desktops do.
    if (entry.name.startsWith(".")) yield { outcome: "left-out", path, why: "hidden" };
    else yield* atPath(path, isLink, isLinked || isLink, walk);
  }
}

async function* atPath(
  path: string,
  isLink: boolean,
  isLinked: boolean,
  walk: Walk,
): AsyncGenerator<Found, void, void> {
  const about = await stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => error);
  if (about instanceof Error) {
    const isDangling = isLink && (about.code === "ENOENT" || about.code === "ELOOP");
    yield isDangling
      ? { outcome: "left-out", path, why: "dangling" }
      : { outcome: "left-out", path, why: "unreadable", reason: about.message };
  } else if (about.isFile()) yield await fileAt(path, about, isLinked, walk.placed);
  else if (!about.isDirectory()) yield { outcome: "left-out", path, why: "special" };
  else if (walk.seen.has(identityOf(about))) yield { outcome: "left-out", path, why: "seen" };
  else {
    walk.seen.add(identityOf(about));
    yield* inFolder(path, isLinked, walk);
  }
}

async function fileAt(
  path: string,
  about: BigIntStats,
  isLinked: boolean,
  placed: number,
): Promise<FoundFile> {
  return {
    outcome: "file",
    path,
    names: partsOf(path),
    placed,
    ...(isLinked ? { linked: partsOf(await realpath(path).catch(() => path)) } : {}),
    size: Number(about.size),
    writtenAt: Number(about.mtimeMs),
    open: () => bytesOf(path),
  };
}

/** The file's own fault, which keeps none of the others waiting. */
async function* bytesOf(path: string): AsyncGenerator<Buffer, void, void> {
  try {
    yield* createReadStream(path);
  } catch (cause) {
    throw new PipelineError("CONFIG_INVALID", "never", `it cannot be read, ${reasonOf(cause)}`, { cause });
  }
}

const partsOf = (path: string) => path.split(sep).filter(Boolean);

const identityOf = ({ dev, ino }: BigIntStats) => `${dev}:${ino}`;

function refuse(path: string): (error: unknown) => never {
  return (cause) => {
    const text = `${path} cannot be read: ${reasonOf(cause)}`;
    throw new PipelineError("CONFIG_INVALID", "never", text, { cause });
  };
}
