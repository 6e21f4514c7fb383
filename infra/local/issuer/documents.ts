/** What an issuer publishes of itself (https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata). */
import { ALGORITHMS } from "./keys.ts";

export const DISCOVERY_PATH = "/.well-known/openid-configuration";

/** @param keysUrl of its JWK Set */
export function discoveryDocument(issuer: string, keysUrl: string): object {
  return {
    issuer,
    jwks_uri: keysUrl,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ALGORITHMS,
    claims_supported: ["iss", "sub", "aud", "iat", "exp", "webhook"],
  };
}
