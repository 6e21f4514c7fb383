/** One pipeline per state folder: two would write the same files. */
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type HomeLock =
  /** `crashed`: the one before did not end in order, so parts of it may still be on their way out. */
  | { readonly outcome: "held"; readonly crashed: boolean; release(): Promise<void> }
  | { readonly outcome: "busy" };

/**
 * A listening Unix socket is the lock: the system lets go of it with the process, even on kill -9. It is in
 * the temporary folder because a socket's path has 104 bytes at most and a checkout's may be longer.
 */
export async function lockHome(home: string): Promise<HomeLock> {
  const digest = createHash("sha256").update(home).digest("hex").slice(0, 16);
  const path = join(tmpdir(), `pullhouse-${digest}.sock`);
  const first = await listen(path);
  if (first !== undefined) return { outcome: "held", crashed: false, release: first };
  if (await answers(path)) return { outcome: "busy" };
  rmSync(path, { force: true });
  const second = await listen(path);
  return second === undefined ? { outcome: "busy" } : { outcome: "held", crashed: true, release: second };
}

/** How to let go again; `undefined` when the path is there already. */
function listen(path: string): Promise<(() => Promise<void>) | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen(path, () => {
      server.unref();
      resolve(() => new Promise((closed) => server.close(() => closed())));
    });
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
