/** Credentials of senders, made for one run. */
import { randomBytes } from "node:crypto";
import type { SenderId } from "#services/shared/type-owners.ts";

export type Credentials = Readonly<Record<Exclude<SenderId, "chainguard">, string>>;

const SECRET_BYTES = 24;

export function createCredentials(): Credentials {
  const secret = () => randomBytes(SECRET_BYTES).toString("hex");
  return {
    zot: secret(),
    msr: secret(),
    harbor: `Harbor ${secret()}`,
    distribution: `Bearer ${secret()}`,
  };
}

/** The receiver's variables that hold them. */
export function secretValuesOf(credentials: Credentials): Readonly<Record<string, string>> {
  return {
    ZOT_TOKENS: credentials.zot,
    MSR_SECRETS: credentials.msr,
    HARBOR_AUTHORIZATION: credentials.harbor,
    DISTRIBUTION_AUTHORIZATION: credentials.distribution,
  };
}

const GROUP_BYTES = 20;

/** A UIDP like Chainguard's: 40 hex digits. */
export const createGroup = (): string => randomBytes(GROUP_BYTES).toString("hex");
