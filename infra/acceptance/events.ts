/** The many events of a run: pulls as Chainguard signs them, or, where nothing can be signed, pushes as zot posts them. */
import { generateEvents, PULL_TYPE } from "#services/cli/generate/generate.ts";
import { createRandom, hex, uuid } from "#services/cli/generate/random.ts";
import { systemClock } from "#services/shared/clock.ts";
import { tableNameOf } from "#services/shared/schema/check-files.ts";
import type { SenderId } from "#services/shared/type-owners.ts";
import type { Signature } from "./deployment.ts";
import { type Sample, sha256, zotEvent } from "./samples.ts";

const PUSH_TYPE = "zotregistry.image.updated";

export interface Events {
  readonly sender: SenderId;
  /** Of all of them. */
  readonly table: string;
  /** Without end; the same seed gives the same events with the same ids. */
  readonly all: Generator<Sample, never, void>;
}

export function eventsOf(signature: Signature, seed: string): Events {
  return signature.outcome === "signed"
    ? { sender: "chainguard", table: tableNameOf(PULL_TYPE), all: pulls(signature.group, seed) }
    : { sender: "zot", table: tableNameOf(PUSH_TYPE), all: pushes(seed) };
}

function* pulls(group: string, seed: string): Generator<Sample, never, void> {
  for (const { id, headers, body } of generateEvents({ seed, group, now: () => systemClock.now() })) {
    const rows = [{ table: tableNameOf(PULL_TYPE), id, digest: sha256(body) }];
    yield { sender: "chainguard", name: id, headers, body, rows };
  }
  throw new Error("the generator of events has ended");
}

const DIGEST_DIGITS = 64;

function* pushes(seed: string): Generator<Sample, never, void> {
  const random = createRandom(seed);
  for (;;) {
    const digest = `sha256:${hex(random, DIGEST_DIGITS)}`;
    yield zotEvent(uuid(random), PUSH_TYPE, { name: "space/my-image", reference: "latest", digest });
  }
}
