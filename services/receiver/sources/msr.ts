/** Webhooks of Mirantis Secure Registry 2 and 3 (version 4 is Harbor): a secret in the address or basic credentials. */
import { isObject, type Json } from "#services/shared/row/json.ts";
import { readObject } from "#services/shared/row/judge.ts";
import { TYPE_PREFIXES } from "#services/shared/type-owners.ts";
import type { Parsed } from "../cloudevents/parse.ts";
import { authorizationOf, basicValue, secretsOf } from "../credentials.ts";
import { refused } from "../oidc/verify-token.ts";
import type { RequestHeaders } from "../request-headers.ts";
import {
  hostOf,
  noEvent,
  sha256,
  textAt,
  timeOf,
  toJsonEvent,
  toUnreadable,
  typeSuffix,
} from "./own-format.ts";
import type { Source, SourceKind } from "./source.ts";

/** Characters that an address carries as they are (https://www.rfc-editor.org/rfc/rfc3986#section-2.3). */
const SECRET = /^[A-Za-z0-9._~-]{16,}$/;
const BASIC = /^[^\s:]+:[\x21-\x7e]{8,}$/;

export const msr: SourceKind = {
  id: "msr",
  path: "/msr/:secret?",
  configure(reader) {
    const secrets = reader.secrets("MSR_SECRETS", SECRET, "at least 16 of A-Z a-z 0-9 . _ ~ - per secret");
    const basic = reader.secrets(
      "MSR_BASIC",
      BASIC,
      "user:password with a password of at least 8 characters",
    );
    if (secrets.length + basic.length === 0) return undefined;
    const authenticate = bySecretOrBasic(secrets, basic);
    return () => ({ id: msr.id, path: msr.path, authenticate, modeOf: () => "own", parse: parseMsr });
  },
};

/** One right credential is enough, wherever it stands, so that a sender can move from one kind to the other. */
function bySecretOrBasic(secrets: readonly string[], basic: readonly string[]): Source["authenticate"] {
  const isOurSecret = secretsOf(secrets);
  const isOurBasic = secretsOf(basic.map(basicValue));
  return ({ headers, url }) => {
    const { pathname, searchParams } = new URL(url);
    const inAddress = [pathname.split("/")[2], ...searchParams.getAll("secret")].filter(Boolean);
    const authorization = authorizationOf(headers);
    if (inAddress.length === 0 && authorization === undefined)
      return Promise.resolve(
        refused("no-credentials", "post to /msr/<secret> or /msr?secret=<secret>, or send basic credentials"),
      );
    const right = [
      ...inAddress.map((secret = "") => isOurSecret(secret)),
      authorization !== undefined && isOurBasic(authorization),
    ];
    return Promise.resolve(
      right.includes(true)
        ? { outcome: "authenticated", checkBody: () => undefined }
        : refused("wrong-credentials", "neither a secret of MSR_SECRETS nor credentials of MSR_BASIC"),
    );
  };
}

const [PREFIX] = TYPE_PREFIXES.msr;
const UNREADABLE = { type: `${PREFIX}unreadable.v1`, source: "msr" } as const;

/** The wrapper is the data, byte for byte (https://docs.mirantis.com/msr/2.9/ops/manage-webhooks.html). */
function parseMsr(_mode: unknown, headers: RequestHeaders, body: Uint8Array): Parsed {
  const read = readObject(body);
  if (read.outcome === "no-object")
    return {
      outcome: "events",
      events: [],
      unreadable: [toUnreadable(UNREADABLE, headers, body, read.reason)],
    };
  const { object } = read;
  const suffix = typeSuffix(constantOf(object));
  const contents = object["contents"];
  const parsed = toJsonEvent(
    {
      id: sha256(body),
      source: hostOf(textAt(contents, "imageName")) ?? UNREADABLE.source,
      type: suffix && `${PREFIX}${isTest(contents) ? "test" : suffix}.v1`,
      subject: subjectOf(contents),
      time: timeOf(textAt(object, "createdAt")),
    },
    body,
  );
  if (parsed.outcome === "event") return { outcome: "events", events: [parsed.event] };
  const reason = noEvent(suffix === undefined ? "/type" : "", parsed.detail);
  return { outcome: "events", events: [], unreadable: [toUnreadable(UNREADABLE, headers, body, reason)] };
}

/** Before the types `REPO_CREATED` and so on there was `REPO_EVENT`, with these in its contents. */
function constantOf(object: { readonly [key: string]: Json }): Json | undefined {
  const event = textAt(object, "contents", "event");
  return object["type"] === "REPO_EVENT" &&
    event !== undefined &&
    /^REPO_(?:CREATED|UPDATED|DELETED)$/.test(event)
    ? event
    : object["type"];
}

/** What MSR's "Test" sends is always about this image and this moment, which is long before any event to come. */
const TEST = { namespace: "foo", repository: "bar", time: "2015-01-02T15:04:05Z" } as const;

function isTest(contents: Json | undefined): boolean {
  return (
    isObject(contents) &&
    contents["namespace"] === TEST.namespace &&
    contents["repository"] === TEST.repository &&
    Object.values(contents).includes(TEST.time)
  );
}

function subjectOf(contents: Json | undefined): string | undefined {
  const path = [textAt(contents, "namespace"), textAt(contents, "repository")].filter(Boolean).join("/");
  const tag = textAt(contents, "tag");
  return path && tag ? `${path}:${tag}` : path;
}
