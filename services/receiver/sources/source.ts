/** What a sender of events is: where it posts, how it proves who it is, how its requests become CloudEvents. */
import type { Clock } from "#services/shared/clock.ts";
import type { EnvReader } from "#services/shared/config.ts";
import type { Log } from "#services/shared/log.ts";
import type { SenderId } from "#services/shared/type-owners.ts";
import type { Mode, Parsed } from "../cloudevents/parse.ts";
import type { ProblemName } from "../problem.ts";
import type { RequestHeaders } from "../request-headers.ts";

/** The sender is not who we take events from; nothing of the request is used. */
export interface Refusal {
  readonly outcome: "refused";
  readonly problem: Extract<ProblemName, "no-token" | `token-${string}` | `${string}-credentials`>;
  readonly detail: string;
}

/** Whether the sender is right or wrong cannot be known now; the fault is on our side. */
export interface Undecided {
  readonly outcome: "undecided";
  readonly reason: string;
}

export interface Sender {
  readonly outcome: "authenticated";
  /** The group whose subscription the events come for, where the sender has such. */
  readonly recipientGroup?: string;
  /** The second look, once the body is there: whether what the sender proved holds for these bytes. */
  checkBody(body: Uint8Array): Refusal | undefined;
}

/** What is known of a request before its body is read. */
export interface RequestHead {
  readonly headers: RequestHeaders;
  /** The whole address if Hono routed it, which has checked it, as wherever `path` has parts of its own; else `path`. */
  readonly url: string;
}

export interface Source {
  /** `source` in every row; the types that it may post are in `services/shared/type-owners.ts`. */
  readonly id: SenderId;
  /** Hono's pattern of the addresses (https://hono.dev/docs/api/routing); without `:`, one address, whose events need no routing. */
  readonly path: `/${string}`;
  /** Begins to fetch what `authenticate` will need; called once when the service starts. */
  warm?(): void;
  /** How many requests have their signatures checked at this moment, and will want a place next. */
  checking?(): number;
  /** The first look, at the headers alone: who is nobody to us does not get to send a body. */
  authenticate(head: RequestHead): Promise<Sender | Refusal | Undecided>;
  /** `undefined` when the headers say that the body is not for us to read (415). */
  modeOf(headers: RequestHeaders): Mode | undefined;
  parse(mode: Mode, headers: RequestHeaders, body: Uint8Array): Parsed;
}

export interface SourceDeps {
  readonly clock: Clock;
  readonly log: Log;
}

/** A sender as it stands in the registry. */
export interface SourceKind {
  readonly id: SenderId;
  readonly path: `/${string}`;
  /** Reads its own variables and yields how to create it from them; `undefined` when none of them is set. */
  configure(reader: EnvReader): ((deps: SourceDeps) => Source) | undefined;
}
