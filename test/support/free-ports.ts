/** Variables that move every part of the local pipeline to a free port. */
import { type AddressInfo, createServer, type Server } from "node:net";

const PARTS = ["PUBSUB", "STORAGE", "BIGQUERY", "TASKS", "ISSUER", "RECEIVER", "BATCHER", "LOADER"];

/** All are held open until all are known, so that no port is given twice. */
export async function freePorts(): Promise<Record<string, string>> {
  const servers = await Promise.all(PARTS.map(listen));
  const ports = servers.map((server) => String((server.address() as AddressInfo).port));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return Object.fromEntries(PARTS.map((part, index) => [`PULLHOUSE_${part}_PORT`, ports[index] as string]));
}

function listen(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}
