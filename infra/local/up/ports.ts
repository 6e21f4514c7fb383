/** Finds the ports that are taken before anything is started, so that one message names them all. */
import { createServer } from "node:net";
import type { Part } from "../environment.ts";
import { LOCAL_HOST } from "../stand-in.ts";

/** One line per part that cannot listen where it should; empty when all can. */
export async function portProblems(parts: readonly Part[]): Promise<readonly string[]> {
  const problems: string[] = [];
  const owners = new Map<number, Part>();
  for (const part of parts) {
    const owner = owners.get(part.port);
    owners.set(part.port, part);
    if (owner !== undefined) {
      problems.push(
        `port ${part.port} is meant for ${owner.name} and for ${part.name}: set ${owner.portVariable} or ${part.portVariable} to another`,
      );
      continue;
    }
    const code = await listenError(part.port);
    if (code === "EADDRINUSE") {
      problems.push(
        `port ${part.port} (${part.name}) is taken: stop what listens there or set ${part.portVariable} to a free port`,
      );
    } else if (code !== undefined) {
      problems.push(
        `port ${part.port} (${part.name}) cannot be used (${code}): set ${part.portVariable} to another`,
      );
    }
  }
  return problems;
}

function listenError(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, LOCAL_HOST, () => server.close(() => resolve(undefined)));
  });
}
