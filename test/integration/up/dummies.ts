/** Plans with dummy parts on free ports, and what the tests ask of processes. */
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LocalPlan, Part } from "#infra/local/environment.ts";

const DUMMY = fileURLToPath(new URL("./dummy-part.ts", import.meta.url));

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function dummyPart(
  name: string,
  kind: Part["kind"],
  variables: Record<string, string> = {},
): Promise<Part> {
  const port = await freePort();
  return {
    name,
    kind,
    entry: DUMMY,
    port,
    portVariable: `PULLHOUSE_${name.toUpperCase()}_PORT`,
    variables: { PORT: String(port), ...variables },
  };
}

/** A plan in a folder of its own, which goes away with `using`. */
export function planOf(...parts: Part[]): { readonly plan: LocalPlan } & Disposable {
  const home = mkdtempSync(join(tmpdir(), "pullhouse-up-"));
  return {
    plan: { home, parts, elsewhere: [], variables: {}, receiverUrl: "" },
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }),
  };
}

export async function pidOn(port: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } });
  return ((await answer.json()) as { pid: number }).pid;
}
