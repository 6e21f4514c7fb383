/** The receiver as its senders meet it, and the issuer of their tokens. */
import { createLocalJWKSet, importJWK, type JSONWebKeySet } from "jose";
import { discover, fetchDocument } from "#services/receiver/oidc/discovery.ts";
import { Unanswered } from "#services/receiver/oidc/get-json.ts";
import { EnvReader } from "#services/shared/config.ts";
import { PipelineError } from "#services/shared/errors.ts";
import { ageText } from "../age.ts";
import { durationText } from "../send/durations.ts";
import { firstCause } from "./advice.ts";
import type { Check, Finding, Part } from "./check.ts";
import type { Exam } from "./exam.ts";

export const receiver: Check = {
  name: "receiver",
  title: "Receiver",
  parts: (exam) => {
    const { receiver: origin } = exam.deployment;
    const parts = origin === undefined ? [unnamed] : [health(exam, origin), refusal(exam, origin)];
    return exam.variables["CHAINGUARD_GROUP"] === undefined ? parts : [...parts, issuer(exam)];
  },
};

const unnamed: Part = {
  what: "receiver",
  look: async () => [
    {
      verdict: "not checked",
      what: "receiver",
      found: "its address is not known here",
      advice: "--receiver URL, or RECEIVER_URL",
    },
  ],
};

/** Of Date headers, which have whole seconds. */
const SKEW_SHOWN_MS = 5_000;

function health({ requestTimeoutMs, now }: Exam, origin: string): Part {
  const what = `${origin}/health`;
  return {
    what,
    look: async () => {
      const asked = now();
      let response: Response;
      try {
        const signal = AbortSignal.timeout(requestTimeoutMs);
        response = await fetch(what, { redirect: "manual", signal });
        await response.arrayBuffer();
      } catch (error) {
        return [away(what, error)];
      }
      const answered = now();
      if (response.status !== 200) {
        const found = `it answers ${response.status}, not 200`;
        return [
          { verdict: "broken", what, found, advice: "is it the receiver's address? Its log says more" },
        ];
      }
      const took = durationText(answered - asked);
      return [
        { verdict: "ok", what, found: `it answers, in ${took}` },
        ...skew(response.headers.get("date"), (asked + answered) / 2),
      ];
    },
  };
}

function skew(date: string | null, now: number): readonly Finding[] {
  const what = "clocks";
  const theirs = Date.parse(date ?? "");
  if (Number.isNaN(theirs)) return [{ verdict: "not checked", what, found: "the answer has no Date" }];
  const ahead = theirs - now;
  if (Math.abs(ahead) < SKEW_SHOWN_MS)
    return [{ verdict: "ok", what, found: "the receiver's and this machine's agree" }];
  const found = `the receiver's is ${ageText(Math.abs(ahead))} ${ahead > 0 ? "ahead of" : "behind"} this machine's`;
  const advice = "set the one that is wrong: tokens are good within CLOCK_LEEWAY_SECONDS (60) only";
  return [{ verdict: "look", what, found, advice }];
}

/** No CloudEvent, so that even a receiver that asks for nothing stores nothing. */
const NO_EVENT = "{}";

function refusal({ requestTimeoutMs }: Exam, origin: string): Part {
  const what = `POST ${origin}/`;
  return {
    what,
    look: async () => {
      let status: number;
      try {
        const response = await fetch(`${origin}/`, {
          method: "POST",
          redirect: "manual",
          headers: { "content-type": "application/json" },
          body: NO_EVENT,
          signal: AbortSignal.timeout(requestTimeoutMs),
        });
        await response.arrayBuffer();
        ({ status } = response);
      } catch (error) {
        return [away(what, error)];
      }
      if (status === 401) return [{ verdict: "ok", what, found: "401 without a token" }];
      return [{ what, ...meaningOf(status) }];
    },
  };
}

function meaningOf(status: number): Omit<Finding, "what"> {
  if (status === 404)
    return {
      verdict: "look",
      found: "404: Chainguard's events are not taken",
      advice: "CHAINGUARD_GROUP, if they are wanted",
    };
  if (status === 403)
    return {
      verdict: "broken",
      found: "403 before the receiver saw it: senders cannot reach it",
      advice:
        "allUsers need roles/run.invoker on the receiver's Cloud Run service, or publicAccess 'no-invoker-check' (docs/operate/deploy.md)",
    };
  if (status >= 500)
    return {
      verdict: "broken",
      found: `${status}: events are refused`,
      advice: "the receiver's log says why",
    };
  return {
    verdict: "broken",
    found: `${status}, not 401: it does not ask for a token first`,
    advice: "is it the receiver's address?",
  };
}

function away(what: string, error: unknown): Finding {
  return {
    verdict: "broken",
    what,
    found: `no answer: ${firstCause(error)}`,
    advice: "senders may not try again: their events are lost while it is away",
  };
}

const CHAINGUARD = "https://issuer.enforce.dev";

/** As this machine reaches it, which says nothing of the receiver: that keeps its last keys for a day. */
function issuer({ variables, requestTimeoutMs }: Exam): Part {
  const url = new EnvReader(variables).url("CHAINGUARD_ISSUER", CHAINGUARD);
  const what = `issuer ${url}`;
  const broken = (found: string): Finding => ({
    verdict: "broken",
    what,
    found,
    advice: "tokens signed with a key that the receiver does not have yet are answered 503",
  });
  return {
    what,
    look: async () => {
      try {
        const { keysUrl, algorithms } = await discover(url, requestTimeoutMs);
        const document = (await fetchDocument(keysUrl, requestTimeoutMs)) as unknown as JSONWebKeySet;
        const { keys } = createLocalJWKSet(document).jwks();
        const parsed = await Promise.allSettled(
          keys.map((key) => importJWK(key, key.alg ?? algorithms[0] ?? "")),
        );
        // A key of a kind that is not known here does no harm to the others.
        const usable = parsed.filter(({ status }) => status === "fulfilled").length;
        if (usable === 0) return [broken(`none of its ${keys.length} keys is usable`)];
        return [{ verdict: "ok", what, found: `${usable} usable ${usable === 1 ? "key" : "keys"}` }];
      } catch (error) {
        const isUnanswered = error instanceof PipelineError && error.cause instanceof Unanswered;
        if (!isUnanswered) return [broken(firstCause(error))];
        const advice = "this machine does not reach it; whether the receiver does, its log says";
        return [{ verdict: "unknown", what, found: firstCause(error), advice }];
      }
    },
  };
}
