/** zot's HTTP event sink: CloudEvents with a bearer token or basic credentials. */
import { modeOf, parseCloudEvents } from "../cloudevents/parse.ts";
import { basicValue } from "../credentials.ts";
import { byAuthorization } from "./authorization-value.ts";
import type { SourceKind } from "./source.ts";

/** https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
const TOKEN = /^[A-Za-z0-9._~+/-]{8,}=*$/;
/** A user has no colon (https://www.rfc-editor.org/rfc/rfc7617#section-2); commas separate the pairs. */
const BASIC = /^[^\s:]+:[\x20-\x2b\x2d-\x7e]{8,}$/;

export const zot: SourceKind = {
  id: "zot",
  path: "/zot",
  configure(reader) {
    const tokens = reader.secrets("ZOT_TOKENS", TOKEN, "bearer tokens of at least 8 characters");
    const basic = reader.secrets(
      "ZOT_BASIC",
      BASIC,
      "user:password with a password of at least 8 characters",
    );
    if (tokens.length + basic.length === 0) return undefined;
    const authenticate = byAuthorization([
      ...tokens.map((token) => `Bearer ${token}`),
      ...basic.map(basicValue),
    ]);
    return () => ({ id: zot.id, path: zot.path, authenticate, modeOf, parse: parseCloudEvents });
  },
};
