/** What a question is asked about in a test: a few events in short, and the rows that it must answer. */
import type { Row } from "#services/shared/gcp/query.ts";
import type { HandMade } from "#test/support/event-warehouse.ts";

export interface Case {
  readonly question: string;
  /** What is shown, where a question has several cases. */
  readonly about?: string;
  readonly events: readonly HandMade[];
  /** Options as a user gives them; what is missing takes its default. */
  readonly options?: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
}

/** When the questions are asked. */
export const NOW = Date.parse("2026-11-21T00:00:00Z");

/** A time of November 2026 as a TIMESTAMP column has it: `at("20T10:00:00")`. */
export const at = (time: string) => `2026-11-${time}.000Z`;

export interface Pull {
  /** Of November 2026, to the second: `20T10:00:00`; or a whole time. */
  readonly time: string;
  readonly image?: string;
  /** Chainguard's id of the repository. */
  readonly repoId?: string;
  readonly tag?: string;
  readonly digest?: string;
  readonly method?: "HEAD" | "GET";
  readonly type?: "manifest" | "blob";
  /** Subject of the identity, its e-mail address is `<who>@acme.example`; "" is nobody. */
  readonly who?: string;
  readonly act?: Readonly<Record<string, string>>;
  readonly client?: string;
  readonly location?: string;
  readonly error?: string;
  readonly policies?: readonly object[];
  readonly id?: string;
}

/** An event of eve-1, after she was forgotten. */
export const forgotten = (event: HandMade): HandMade => ({ ...event, forgotten: "eve-1" });

const ISSUER = { iss: "https://auth.chainguard.dev/" };

const whole = (time: string) => (time.length > 11 ? time : `2026-11-${time}Z`);

export function pull(given: Pull): HandMade {
  const time = whole(given.time);
  const who = given.who ?? "ada";
  return {
    type: "dev.chainguard.registry.pull.v1",
    time,
    ...(given.id === undefined ? {} : { id: given.id }),
    data: {
      actor: { subject: who, act: given.act ?? { ...ISSUER, email: who && `${who}@acme.example` } },
      body: {
        repository: given.image ?? "acme/nginx",
        repo_id: given.repoId,
        tag: given.tag,
        digest: given.digest ?? "sha256:1",
        method: given.method ?? "GET",
        type: given.type ?? "manifest",
        when: time.slice(0, 19),
        location: given.location ?? "",
        remote_address: "192.0.2.1",
        user_agent: given.client ?? "docker/27.3.1",
        ...(given.error === undefined ? {} : { error: { status: 403, code: given.error, message: "" } }),
        ...(given.policies === undefined ? {} : { policy_results: given.policies }),
      },
    },
  };
}

export function push(
  given: Pick<Pull, "time" | "image" | "repoId" | "tag" | "digest" | "who" | "id">,
): HandMade {
  const time = whole(given.time);
  return {
    type: "dev.chainguard.registry.push.v1",
    time,
    ...(given.id === undefined ? {} : { id: given.id }),
    data: {
      actor: { subject: given.who ?? "robot", act: ISSUER },
      body: {
        repository: given.image ?? "acme/nginx",
        repo_id: given.repoId,
        display_name: "nginx",
        tag: given.tag,
        digest: given.digest ?? "sha256:1",
        type: "manifest",
        when: time.slice(0, 19),
      },
    },
  };
}

/** A change of access, by its type without `dev.chainguard.api.` and `.v1`. */
export function change(time: string, event: string, body: object, more: { id?: string } = {}): HandMade {
  return {
    type: `dev.chainguard.api.${event}.v1`,
    time: whole(time),
    source: "https://console-api.enforce.dev/iam/v1",
    data: { actor: { subject: "ada", act: { ...ISSUER, email: "ada@acme.example" } }, body },
    ...more,
  };
}
