/**
 * Loaded into a process before its program: names that end in `.test` are this machine, and while the file
 * `UNRESOLVABLE_WHILE` is there no name can be resolved, as when a name server does not answer.
 */
import dns from "node:dns";
import { existsSync } from "node:fs";

const file = process.env["UNRESOLVABLE_WHILE"];
const { lookup } = dns;
const { lookup: lookupPromised } = dns.promises;

function resolvable(name: string): string {
  if (file !== undefined && existsSync(file)) {
    throw Object.assign(new Error(`getaddrinfo EAI_AGAIN ${name}`), {
      errno: -3001,
      code: "EAI_AGAIN",
      syscall: "getaddrinfo",
      hostname: name,
    });
  }
  return name.endsWith(".test") ? "127.0.0.1" : name;
}

type Arguments = [name: string, ...options: unknown[], callback: (error: Error) => void];

dns.lookup = ((...given: Arguments) => {
  const [name, ...rest] = given;
  let host: string;
  try {
    host = resolvable(name);
  } catch (error) {
    const callback = given.at(-1) as (error: unknown) => void;
    process.nextTick(callback, error);
    return;
  }
  (lookup as (...all: unknown[]) => void)(host, ...rest);
}) as unknown as typeof dns.lookup;

dns.promises.lookup = (async (name: string, ...rest: unknown[]) =>
  (lookupPromised as (...all: unknown[]) => unknown)(
    resolvable(name),
    ...rest,
  )) as typeof dns.promises.lookup;
