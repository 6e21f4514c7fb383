/** A real nats-server that can be killed and comes back on its port with what its streams held. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface NatsServer {
  readonly url: string;
  start(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Ends it and removes its files. */
  remove(): Promise<void>;
}

/** @param options as on its command line, beside address and folder; read again at each start */
export async function startNatsServer(options: readonly string[] = []): Promise<NatsServer> {
  const folder = mkdtempSync(join(tmpdir(), "pullhouse-nats-"));
  const port = await freePort();
  let child: ChildProcess | undefined;

  const server: NatsServer = {
    url: `nats://127.0.0.1:${port}`,
    async start() {
      const args = ["--addr", "127.0.0.1", "--port", String(port), "--store_dir", folder, ...options];
      child = spawn("nats-server", args, { stdio: "ignore" });
      while (!(await accepts(port))) {
        if (child.exitCode !== null) throw new Error(`nats-server ended with status ${child.exitCode}`);
        await sleep(20);
      }
    },
    async kill() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
    async remove() {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
