/** What of a person is kept: settings, and their application to a request before anything of it is stored. */
import { createHmac } from "node:crypto";
import type { EnvReader } from "#services/shared/config.ts";
import type { CloudEvent } from "#services/shared/event.ts";
import { replaceStrings } from "#services/shared/row/json-strings.ts";
import { parseJson } from "#services/shared/row/parse-json.ts";
import { decodeUtf8 } from "#services/shared/utf8.ts";
import { isAddressName, networkOf, scrubAddresses } from "./address.ts";
import { scrubEmails } from "./email.ts";

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
  event(event: CloudEvent): CloudEvent;
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

export function createPrivacy({ address, email, key }: PrivacySettings): Privacy {
  if (address === "full" && email === "full") return { body: (bytes) => bytes, event: (event) => event };
  // Half of the digest is out of reach for any search; without the key it says nothing about a guess.
  const hash = (text: string) =>
    `hmac:${createHmac("sha256", key).update(text.toLowerCase()).digest("hex").slice(0, 32)}`;
  const keepAddress = address === "prefix" ? networkOf : address === "hash" ? hash : undefined;
  const emails = (text: string) =>
    scrubEmails(text, (whole, domain) =>
      email === "hash" ? hash(whole) : email === "prefix" ? `*@${domain}` : "",
    );

  function value(text: string, name: string): string | null {
    if (address !== "full" && isAddressName(name)) {
      const left = scrubAddresses(text, keepAddress);
      if (left === null) return null;
      return email === "full" ? left : emails(left);
    }
    if (email === "full" || !text.includes("@")) return text;
    const left = emails(text);
    return left === "" ? null : left;
  }

  function body(bytes: Uint8Array): Uint8Array {
    const text = decodeUtf8(bytes);
    if (text === undefined) {
      // It is kept byte for byte in `rejected_events`: here as one character per byte.
      const latin = Buffer.from(bytes).toString("latin1");
      return Buffer.from(scrubText(latin, value), "latin1");
    }
    const scrubbed = isJson(text) ? replaceStrings(text, value) : scrubText(text, value);
    return scrubbed === text ? bytes : Buffer.from(scrubbed);
  }

  return {
    body,
    event(event) {
      const { subject, extensions, data, ...others } = event;
      const scrubbed = Object.entries(extensions).map(([name, text]) => [name, value(text, name) ?? ""]);
      return {
        ...others,
        subject: subject === undefined ? undefined : (value(subject, "") ?? ""),
        extensions: Object.fromEntries(scrubbed) as Record<string, string>,
        // Data in base64 was out of sight in its body.
        data: body(data),
      };
    },
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

function scrubText(text: string, value: (text: string, name: string) => string | null): string {
  const withoutAddresses = text.replaceAll(IN_TEXT, (found) => value(found, "addr") ?? "");
  return value(withoutAddresses, "") ?? "";
}
