/** Whether a JWT is what its issuer signed, for our audience and for now. */
import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from "jose";
import { PipelineError } from "#services/shared/errors.ts";
import type { Refusal, Undecided } from "../sources/source.ts";
import type { IssuerKeys } from "./issuer-keys.ts";
import type { KnownHeaders } from "./known-headers.ts";

export interface TokenRules {
  readonly issuer: string;
  readonly audience: string;
  readonly leewaySeconds: number;
}

/** Of IssuerKeys, what a token needs. */
export type TokenKeys = Pick<IssuerKeys, "current" | "find">;

export type Verified = { readonly outcome: "verified"; readonly claims: JWTPayload } | Refusal | Undecided;

export function refused(problem: Refusal["problem"], detail: string): Refusal {
  return { outcome: "refused", problem, detail };
}

/** Never throws for what a sender can cause. @param now milliseconds since the epoch */
export async function verifyToken(
  token: string,
  keys: TokenKeys,
  rules: TokenRules,
  now: number,
): Promise<Verified> {
  try {
    const { algorithms, known } = await keys.current();
    const options: JWTVerifyOptions = {
      algorithms: [...algorithms],
      issuer: rules.issuer,
      audience: rules.audience,
      clockTolerance: rules.leewaySeconds,
      currentDate: new Date(now),
      requiredClaims: ["exp", "sub"],
    };
    return { outcome: "verified", claims: await verifyWithAny(token, keys, options, known) };
  } catch (error) {
    if (error instanceof PipelineError && error.code === "ISSUER_UNAVAILABLE") {
      return { outcome: "undecided", reason: error.message };
    }
    const refusal = refusalOf(error, rules);
    if (refusal === undefined) throw error;
    return refusal;
  }
}

/** A token that names no key is tried with each that could be meant. */
async function verifyWithAny(
  token: string,
  keys: TokenKeys,
  options: JWTVerifyOptions,
  known: KnownHeaders,
): Promise<JWTPayload> {
  try {
    const { payload, protectedHeader, key } = await jwtVerify(token, keys.find, options);
    known.learn(token, protectedHeader.alg, key);
    return payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (mismatch) {
        if (!(mismatch instanceof errors.JWSSignatureVerificationFailed)) throw mismatch;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

/** `undefined` for what is not the token's fault. */
function refusalOf(error: unknown, rules: TokenRules): Refusal | undefined {
  if (error instanceof errors.JWTExpired) {
    return refused("token-expired", "exp has passed; send the event with a fresh token");
  }
  if (error instanceof errors.JWTClaimValidationFailed) return claimRefusal(error, rules);
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return refused("token-algorithm", "the issuer does not sign with the algorithm of this token");
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return refused("token-key", "the issuer's key set has no key for this token");
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return refused("token-signature", "the signature is not that of the issuer's key");
  }
  if (
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JOSENotSupported
  ) {
    return refused("token-malformed", "the token is not a JWT in compact form");
  }
  return undefined;
}

function claimRefusal(error: errors.JWTClaimValidationFailed, rules: TokenRules): Refusal {
  switch (error.claim) {
    case "iss":
      return refused("token-issuer", `iss must be ${rules.issuer}`);
    case "aud":
      return refused("token-audience", `aud must contain ${rules.audience}`);
    case "nbf":
      return error.reason === "check_failed"
        ? refused("token-not-yet-valid", "nbf is yet to come")
        : refused("token-claim", "nbf must be a number");
    default:
      return refused("token-claim", `${error.claim} is missing or not in its form`);
  }
}
