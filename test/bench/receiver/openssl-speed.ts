/** How many signatures OpenSSL's own benchmark checks on one core. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { errorText } from "../error-text.ts";

const COMMANDS = { RS256: "rsa2048", ES256: "ecdsap256" } as const;
const SECONDS_EACH = "1";
/** It takes SECONDS_EACH for each operation of a key; newer ones sign, verify, encrypt and decrypt. */
const PATIENCE_MS = 30_000;

/** Verifications per second. */
type Rates = Readonly<Record<keyof typeof COMMANDS, number>>;

export type OpensslSpeed =
  | { readonly outcome: "measured"; readonly rates: Rates }
  /** There is no openssl, or another one than we know; the bench can do without. */
  | { readonly outcome: "not shown"; readonly why: string };

export async function opensslVerifications(progress: (text: string) => void): Promise<OpensslSpeed> {
  try {
    const rates = { RS256: 0, ES256: 0 };
    for (const algorithm of ["RS256", "ES256"] as const) {
      const command = COMMANDS[algorithm];
      progress(`openssl speed ${command}`);
      const args = ["speed", "-seconds", SECONDS_EACH, command];
      const { stdout } = await promisify(execFile)("openssl", args, { timeout: PATIENCE_MS });
      rates[algorithm] = verificationsPerSecond(stdout);
    }
    return { outcome: "measured", rates };
  } catch (error) {
    // A command that failed is told first, then what it wrote: its reason, then how to use it.
    return { outcome: "not shown", why: errorText(error).trim().split("\n").slice(0, 2).join(": ") };
  }
}

/**
 * The number below `verify/s`. The columns are counted from the right, as a row begins with a name of several words; there are
 * two rates up to OpenSSL 3.3 and four since, and another table may follow.
 * @throws Error when there is none
 */
export function verificationsPerSecond(output: string): number {
  const lines = output.split("\n").map((line) => line.trim().split(/\s+/));
  const headerAt = lines.findIndex((words) => words.includes("verify/s"));
  const header = lines[headerAt] ?? [];
  const rate = Number(lines[headerAt + 1]?.at(header.indexOf("verify/s") - header.length));
  if (headerAt === -1 || !(rate > 0)) {
    throw new Error(`openssl speed wrote something unknown: ${JSON.stringify(output.slice(-200))}`);
  }
  return rate;
}
