/** The address of the issuer, kept beside its keys so that whoever signs with them names the right issuer. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FILE = "issuer.json";

export function writeIssuer(stateDir: string, issuer: string): void {
  const temporary = join(stateDir, `.${FILE}.${process.pid}`);
  writeFileSync(temporary, `${JSON.stringify({ issuer })}\n`);
  renameSync(temporary, join(stateDir, FILE));
}

/** @throws Error when no issuer has ever run on this folder */
export function readIssuer(stateDir: string): string {
  const { issuer } = JSON.parse(readFileSync(join(stateDir, FILE), "utf8")) as { issuer: string };
  return issuer;
}
