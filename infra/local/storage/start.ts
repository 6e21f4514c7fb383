/** Cloud Storage's JSON API on one laptop. */
import { mkdirSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { LOCAL_HOST, type StandIn, type StandInOptions } from "../stand-in.ts";
import { createStorageApp } from "./app.ts";
import { Blobs } from "./blobs.ts";
import { Catalog } from "./catalog.ts";
import { Objects } from "./objects.ts";
import { Resumable } from "./resumable.ts";

export function startStorage({ port, stateDir }: StandInOptions): Promise<StandIn> {
  mkdirSync(stateDir, { recursive: true });
  const catalog = new Catalog(join(stateDir, "catalog.sqlite"));
  const blobs = new Blobs(stateDir);
  blobs.sweep(catalog.files());
  const objects = new Objects(catalog, blobs);
  const app = createStorageApp(objects, new Resumable(objects, join(stateDir, "partial")));
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: LOCAL_HOST, port }, (address) => {
      server.off("error", reject);
      resolve({ port: address.port, close: () => close(server as Server, catalog) });
    });
    server.once("error", reject);
  });
}

function close(server: Server, catalog: Catalog): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      catalog.close();
      resolve();
    });
    server.closeAllConnections();
  });
}
