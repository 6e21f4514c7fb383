/** Chainguard CloudEvents: an OIDC token per event, bound to the exact bytes of its body. */
import { hash } from "node:crypto";
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload } from "jose";
import type { EnvReader } from "#services/shared/config.ts";
import { modeOf, parseCloudEvents } from "../cloudevents/parse.ts";
import { ALGORITHMS } from "../oidc/discovery.ts";
import { IssuerKeys } from "../oidc/issuer-keys.ts";
import { refused, type TokenRules, type Verified, verifyToken } from "../oidc/verify-token.ts";
import type { RequestHeaders } from "../request-headers.ts";
import type { Refusal, Source, SourceDeps, SourceKind } from "./source.ts";

export interface ChainguardConfig extends TokenRules {
  /** Groups (UIDPs) whose subscriptions are ours; each stands for the groups below it as well. */
  readonly groups: readonly string[];
}

export const chainguard: SourceKind = {
  id: "chainguard",
  path: "/",
  configure(reader) {
    const config = readChainguardConfig(reader);
    return config.groups.length === 0 ? undefined : (deps) => createChainguard(config, deps);
  },
};

/**
 * Chainguard's are 40 hex digits, then 16 for each group further down; that is theirs to change, so only what can be
 * no id at all (a URL, a whole `webhook:` subject, a space) is refused.
 */
const IS_UIDP = /^[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*$/;
const ISSUER =
  /^(?:https:\/\/[^\s/?#]+|http:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?)(?:\/[^\s?#]*)?$/;

export function readChainguardConfig(reader: EnvReader): ChainguardConfig {
  const groups = reader.text("CHAINGUARD_GROUP", "");
  const uidps = groups === "" ? [] : groups.split(",").map((group) => group.trim());
  if (!uidps.every((uidp) => IS_UIDP.test(uidp)))
    reader.problem(
      `CHAINGUARD_GROUP is "${groups}", it takes one group's UIDP or several with commas between`,
    );
  return {
    issuer: reader.matching(
      "CHAINGUARD_ISSUER",
      ISSUER,
      "an https URL (http only for this machine)",
      "https://issuer.enforce.dev",
    ),
    audience: reader.text("CHAINGUARD_AUDIENCE", "customer"),
    groups: uidps,
    leewaySeconds: reader.integer("CLOCK_LEEWAY_SECONDS", { fallback: 60, min: 0, max: 600 }),
  };
}

function createChainguard(config: ChainguardConfig, { clock, log }: SourceDeps): Source {
  const keys = new IssuerKeys(config.issuer, clock, log);
  const isOurs = (claims: JWTPayload) => isOneOf(config.groups, groupOf(claims));

  async function verify(token: string): Promise<Verified> {
    const claims = await keys.known?.accept(token, config, clock.now(), isOurs);
    if (claims !== undefined) return { outcome: "verified", claims };
    return lookAt(token, config) ?? verifyToken(token, keys, config, clock.now());
  }

  return {
    id: chainguard.id,
    path: chainguard.path,
    warm: () => void keys.warm(),
    checking: () => keys.known?.checking ?? 0,

    async authenticate({ headers }) {
      const token = bearerToken(headers);
      if (token === undefined)
        return refused("no-token", "send Authorization: Bearer with the event's token");
      const verified = await verify(token);
      if (verified.outcome !== "verified") return verified;
      const { claims } = verified;
      const digest = digestClaim(claims);
      if (digest === undefined) return refused("token-digest", "the claim webhook.digest is missing");
      return {
        outcome: "authenticated",
        recipientGroup: groupOf(claims),
        checkBody: (body) =>
          digest === `sha256:${hash("sha256", body, "hex")}`
            ? undefined
            : refused("token-digest", "webhook.digest is not the SHA-256 of the body as it arrived"),
      };
    },

    modeOf,
    parse: parseCloudEvents,
  };
}

function bearerToken(headers: RequestHeaders): string | undefined {
  const value = headers.get("authorization") ?? "";
  return /^bearer /i.test(value) ? value.slice("bearer ".length).trim() || undefined : undefined;
}

/** What is wrong and can be seen without the signature being checked, because it costs next to nothing. */
function lookAt(token: string, config: ChainguardConfig): Refusal | undefined {
  let claims: JWTPayload;
  let algorithm: unknown;
  try {
    claims = decodeJwt(token);
    algorithm = decodeProtectedHeader(token).alg;
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) {
      return refused("token-malformed", "the token is not a JWT in compact form");
    }
    throw error;
  }
  if (!ALGORITHMS.some((name) => name === algorithm)) {
    return refused("token-algorithm", "only signatures with a public key are accepted");
  }
  if (claims.iss !== config.issuer) return refused("token-issuer", `iss must be ${config.issuer}`);
  if (!isOneOf(config.groups, groupOf(claims))) {
    return refused("token-subject", "sub must be webhook: and a group that this receiver is for");
  }
  return undefined;
}

const SUBJECT = "webhook:";

/** Empty when the subject is none of a webhook, or names no group: `<group>/../other` is below no group. */
function groupOf({ sub }: JWTPayload): string {
  const group = typeof sub === "string" && sub.startsWith(SUBJECT) ? sub.slice(SUBJECT.length) : "";
  return IS_UIDP.test(group) ? group : "";
}

function isOneOf(groups: readonly string[], group: string): boolean {
  return groups.some((own) => group === own || group.startsWith(`${own}/`));
}

function digestClaim(claims: JWTPayload): string | undefined {
  const webhook = claims["webhook"] as { digest?: unknown } | null | undefined;
  return typeof webhook?.digest === "string" ? webhook.digest : undefined;
}
