/** Senders that show one fixed `Authorization` value with every request. */
import { authorizationOf, secretsOf } from "../credentials.ts";
import { refused } from "../oidc/verify-token.ts";
import { requestHeaders } from "../request-headers.ts";
import type { Source } from "./source.ts";

/** Printable ASCII, which is what a header can carry everywhere; commas separate the values of the variable. */
export const AUTHORIZATION_VALUE = /^[\x21-\x2b\x2d-\x7e][\x20-\x2b\x2d-\x7e]{6,}[\x21-\x2b\x2d-\x7e]$/;
export const TAKES_AUTHORIZATION =
  "whole Authorization values of at least 8 printable characters, with commas between";

/** @param values as the sender is configured with them, scheme included; each one is enough */
export function byAuthorization(values: readonly string[]): Source["authenticate"] {
  const isOurs = secretsOf(
    values.map((value) => authorizationOf(requestHeaders(["authorization", value])) ?? ""),
  );
  return ({ headers }) => {
    const shown = authorizationOf(headers);
    return Promise.resolve(
      shown === undefined
        ? refused("no-credentials", "send the Authorization header that the receiver is configured with")
        : isOurs(shown)
          ? { outcome: "authenticated", checkBody: () => undefined }
          : refused(
              "wrong-credentials",
              "the Authorization header is none that the receiver is configured with",
            ),
    );
  };
}
