/** Takes tokens and passwords out of event data before it is stored; they open doors, and a table is read by many. */
import type { CloudEvent } from "#services/shared/event.ts";
import { replaceStrings } from "#services/shared/row/json-strings.ts";

/** What stands in the place of a secret. */
export const REMOVED = "(removed)";

/** Fields that hold a secret in the events of some types, letters alone and in lower case, by the beginning of the type. */
export const SECRET_FIELDS: readonly (readonly [typePrefix: string, fields: ReadonlySet<string>])[] = [
  // GitLab's registry: a token that GitLab issued about the user (https://gitlab.com/gitlab-org/container-registry/-/merge_requests/1402).
  ["io.cncf.distribution.", new Set(["user"])],
  // Whoever has the code of an invitation can accept it (GroupInvite in chainguard.dev/sdk, proto/platform/iam/v1).
  ["dev.chainguard.api.iam.group_invite.", new Set(["code"])],
];

/** Fields that hold a secret wherever they are. */
export const SECRET_NAMES: ReadonlySet<string> = new Set([
  "accesstoken",
  "apikey",
  "authorization",
  "authtoken",
  "bearertoken",
  "clientsecret",
  "idtoken",
  "passwd",
  "password",
  "privatekey",
  "refreshtoken",
  "secret",
  "token",
]);

const NONE: ReadonlySet<string> = new Set();

/** Most data has none of this, and is not looked at any closer; an escape may spell any of it. */
const MAY_HOLD_SECRET = /eyJ|\\u00|key"|passw|secret"|token"|authorization"/i;

export function mayHoldSecret(text: string, fields: ReadonlySet<string> = NONE): boolean {
  for (const field of fields) if (text.includes(`"${field}"`)) return true;
  return MAY_HOLD_SECRET.test(text);
}

export function mayAttributesHoldSecret({ subject, extensions }: CloudEvent): boolean {
  for (const name in extensions) if (SECRET_NAMES.has(name) || extensions[name]?.includes("eyJ")) return true;
  return subject?.includes("eyJ") ?? false;
}

/** Returns the fields that are secret in events of the type alone. */
export function secretFieldsOf(type: string): ReadonlySet<string> {
  return SECRET_FIELDS.find(([prefix]) => type.startsWith(prefix))?.[1] ?? NONE;
}

const plainName = (name: string) => name.replaceAll(/[^A-Za-z]/g, "").toLowerCase();

/** @param json the text of a JSON document @param fields secret ones beside those that are so everywhere */
export function removeSecrets(json: string, fields = NONE): string {
  return replaceStrings(json, (value, key) => {
    const name = plainName(key);
    return SECRET_NAMES.has(name) || fields.has(name) ? REMOVED : removeTokens(value);
  });
}

/** Characters of a JSON Web Token (https://www.rfc-editor.org/rfc/rfc7515#section-3.1). */
const TOKEN = /[A-Za-z0-9_.-]*/y;

/** Removes JSON Web Tokens from a text, wherever they stand in it. */
export function removeTokens(text: string): string {
  let result = "";
  let from = 0;
  let end = 0;
  // `{"` in base64, with which a token's header begins.
  for (let start = text.indexOf("eyJ"); start !== -1; start = text.indexOf("eyJ", end)) {
    TOKEN.lastIndex = start;
    const run = TOKEN.exec(text)?.[0] ?? "";
    end = start + Math.max(1, run.length);
    const [header = "", ...others] = run.split(".");
    if (others.length < 2 || !Buffer.from(header, "base64url").includes('"alg"')) continue;
    result += text.slice(from, start) + REMOVED;
    from = end;
  }
  return result + text.slice(from);
}
