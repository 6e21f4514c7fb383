/** How many signatures OpenSSL's own benchmark checks on one core. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const COMMANDS = { RS256: "rsa2048", ES256: "ecdsap256" } as const;

type Rates = Readonly<Record<keyof typeof COMMANDS, number>>;

/** Verifications per second; `undefined` where there is no openssl. @throws Error when its output is not understood */
export async function opensslVerifications(progress: (text: string) => void): Promise<Rates | undefined> {
  const rates = { RS256: 0, ES256: 0 };
  for (const algorithm of ["RS256", "ES256"] as const) {
    const command = COMMANDS[algorithm];
    progress(`openssl speed ${command}`);
    let output: string;
    try {
      ({ stdout: output } = await promisify(execFile)("openssl", ["speed", "-seconds", "1", command]));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    rates[algorithm] = lastNumber(output);
  }
  return rates;
}

/** Its last line is `<name> <s per signature> <s per check> <signatures/s> <checks/s>`. */
function lastNumber(output: string): number {
  const found = /(\d+(?:\.\d+)?)\s*$/.exec(output)?.[1];
  if (found === undefined) throw new Error(`openssl speed wrote something unknown: ${output.slice(-200)}`);
  return Number(found);
}
