/** What a handler and a rule get of a request. */
import { createHash } from "node:crypto";
import type { Method } from "./find-method.ts";
import type { GoogleError } from "./google-error.ts";
import type { Json } from "./json.ts";
import type { State } from "./state.ts";

/** How late something that was created can be seen: after so many requests that need it, or after so much time. */
type Delay = { readonly requests: number } | { readonly ms: number };

/** Things that Google shows late, each with how late. */
export interface Delays {
  /** APIs that were enabled (https://cloud.google.com/service-usage/docs/enable-disable). */
  readonly apis?: Delay;
  /** Roles that were granted (https://cloud.google.com/iam/docs/access-change-propagation). */
  readonly grants?: Delay;
  /** Service accounts (https://cloud.google.com/iam/docs/service-accounts-create). */
  readonly serviceAccounts?: Delay;
  /** Log-based metrics (https://github.com/hashicorp/terraform-provider-google/issues/11102). */
  readonly logMetrics?: Delay;
  /** Long-running operations, by the number of times that they are asked for. */
  readonly operations?: Delay;
}

export interface World {
  readonly state: State;
  readonly delays: Delays;
  readonly nowMs: () => number;
}

export interface Call {
  readonly world: World;
  readonly method: Method;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Json;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** `user:…` or `serviceAccount:…`; an owner of every project if the request does not name one. */
  readonly caller: string;
}

/** Who calls if a request's token names nobody. */
export const OWNER = "user:owner@example.com";

export type Handler = (call: Call) => Json;
export type Handlers = Readonly<Record<string, Handler>>;

/** One thing that Google refuses. */
export interface Rule {
  readonly id: string;
  /** Where Google, or somebody who met it, says so. */
  readonly source: string;
  /** The request is refused by default; otherwise it is taken, and its long-running operation fails. */
  readonly when?: "request" | "operation";
  /** Ids of the methods that it is about. */
  readonly methods: readonly string[];
  /** The error that Google answers, if the call breaks the rule. */
  readonly check: (call: Call) => GoogleError | undefined;
}

/** Twelve digits, the same for the same project; a number is one already. */
export function projectNumber(project: string): string {
  if (/^\d+$/.test(project)) return project;
  const digest = createHash("sha256").update(project).digest().readUIntBE(0, 6);
  return String(100_000_000_000 + (digest % 900_000_000_000));
}

/** `projects/ID` in a path or a body; the number stands for the id. */
export function projectOf(path: string): string | undefined {
  return /(?:^|\/)projects\/([^/]+)/.exec(path)?.[1];
}

/** `2026-01-01T00:00:00Z` */
export const timestamp = (world: World): string => new Date(world.nowMs()).toISOString();

/** An etag that was never given before. */
export function nextEtag(world: World): string {
  return Buffer.from(`e${world.state.next()}`).toString("base64");
}
