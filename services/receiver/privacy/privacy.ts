/** What of a person is kept: settings, and their application to a request before anything of it is stored. */
import { createHmac } from "node:crypto";
import type { EnvReader } from "#services/shared/config.ts";
import type { CloudEvent } from "#services/shared/event.ts";
import { replaceStrings } from "#services/shared/row/json-strings.ts";
import { parseJson } from "#services/shared/row/parse-json.ts";
import { decodeUtf8 } from "#services/shared/utf8.ts";
import { isAddressName, networkOf, scrubAddresses } from "./address.ts";
import { scrubEmails } from "./email.ts";
import {
  mayAttributesHoldSecret,
  mayHoldSecret,
  REMOVED,
  removeSecrets,
  removeTokens,
  SECRET_NAMES,
  secretFieldsOf,
} from "./secrets.ts";

const MODES = ["full", "prefix", "hash", "drop"] as const;
type Mode = (typeof MODES)[number];

export interface PrivacySettings {
  readonly address: Mode;
  readonly email: Mode;
  /** Of the HMAC; empty when nothing is hashed. */
  readonly key: string;
}

/** Applied to every body and every event; both give back what they were given when there is nothing to do. */
export interface Privacy {
  body(bytes: Uint8Array): Uint8Array;
  /** @param scrubbed what `body` gave back: an event whose data that is has no need of it again */
  event(event: CloudEvent, scrubbed?: Uint8Array): CloudEvent;
}

const KEY = /^[\x21-\x2b\x2d-\x7e]{32,}$/;

export function readPrivacy(reader: EnvReader): PrivacySettings {
  const address = reader.choice("PRIVACY_ADDRESS", MODES, "full");
  const email = reader.choice("PRIVACY_EMAIL", MODES, "full");
  const [key = "", ...others] = reader.secrets("PRIVACY_KEY", KEY, "a secret of at least 32 characters");
  if (others.length > 0) reader.problem("PRIVACY_KEY takes one secret: two would make two persons of one");
  if (key === "" && [address, email].includes("hash"))
    reader.problem("PRIVACY_KEY is missing: PRIVACY_ADDRESS or PRIVACY_EMAIL is hash");
  return { address, email, key };
}

export function createPrivacy(settings: PrivacySettings): Privacy {
  const value = createScrub(settings);

  function body(bytes: Uint8Array, fields?: ReadonlySet<string>): Uint8Array {
    const text = decodeUtf8(bytes);
    if (text === undefined) {
      // It is kept byte for byte in `rejected_events`: here as one character per byte.
      const latin = removeTokens(Buffer.from(bytes).toString("latin1"));
      return Buffer.from(value === undefined ? latin : scrubText(latin, value), "latin1");
    }
    const hasSecret = mayHoldSecret(text, fields);
    if (!hasSecret && value === undefined) return bytes;
    const json = isJson(text);
    const open = !hasSecret ? text : json ? removeSecrets(text, fields) : removeTokens(text);
    const scrubbed = value === undefined ? open : json ? replaceStrings(open, value) : scrubText(open, value);
    return scrubbed === text ? bytes : Buffer.from(scrubbed);
  }

  const text = (one: string, name: string) => {
    const open = SECRET_NAMES.has(name) ? REMOVED : removeTokens(one);
    return value === undefined ? open : (value(open, name) ?? "");
  };

  return {
    body,
    event(event, scrubbed) {
      const fields = secretFieldsOf(event.type);
      // Data in base64 was out of sight in its body.
      const data = event.data === scrubbed && fields.size === 0 ? event.data : body(event.data, fields);
      if (value === undefined && !mayAttributesHoldSecret(event))
        return data === event.data ? event : { ...event, data };
      const { subject, extensions } = event;
      const texts = Object.entries(extensions).map(([name, one]) => [name, text(one, name)]);
      return {
        ...event,
        subject: subject === undefined ? undefined : text(subject, ""),
        extensions: Object.fromEntries(texts) as Record<string, string>,
        data,
      };
    },
  };
}

/** What becomes of a text under a name; `undefined` when all of it is kept. */
type Scrub = (text: string, name: string) => string | null;

function createScrub({ address, email, key }: PrivacySettings): Scrub | undefined {
  if (address === "full" && email === "full") return undefined;
  // Half of the digest is out of reach for any search; without the key it says nothing about a guess.
  const hash = (text: string) =>
    `hmac:${createHmac("sha256", key).update(text.toLowerCase()).digest("hex").slice(0, 32)}`;
  const keepAddress = address === "prefix" ? networkOf : address === "hash" ? hash : undefined;
  const emails = (text: string) =>
    scrubEmails(text, (whole, domain) =>
      email === "hash" ? hash(whole) : email === "prefix" ? `*@${domain}` : "",
    );
  return (text, name) => {
    if (address !== "full" && isAddressName(name)) {
      const left = scrubAddresses(text, keepAddress);
      if (left === null) return null;
      return email === "full" ? left : emails(left);
    }
    if (email === "full" || !text.includes("@")) return text;
    const left = emails(text);
    return left === "" ? null : left;
  };
}

function isJson(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return false;
    throw error;
  }
}

/** Things that look like addresses in what is no JSON. */
const IN_TEXT = /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4})(?![\w.:])/gi;

function scrubText(text: string, value: Scrub): string {
  const withoutAddresses = text.replaceAll(IN_TEXT, (found) => value(found, "addr") ?? "");
  return value(withoutAddresses, "") ?? "";
}
