/** Finds the ports that are taken before anything is started, so that one message names them all. */
import { type AddressInfo, createServer, type Server } from "node:net";
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

/** Ports that nobody listens on. All are held open until all are known, so that none is given twice. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listen));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listen(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, LOCAL_HOST, () => resolve(server));
  });
}

function listenError(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, LOCAL_HOST, () => server.close(() => resolve(undefined)));
  });
}
