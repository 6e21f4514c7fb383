/** Which sender may post which event types: a sender owns the types that begin with one of its prefixes. */
import type { Reason } from "./row/reason.ts";

/** Every prefix ends with a dot, so that `dev.example.` does not cover `dev.example2.scan`. */
export const TYPE_PREFIXES = {
  chainguard: ["dev.chainguard."],
  // The second is the event by which a deployment tries the pipeline; it comes with zot's token.
  zot: ["zotregistry.", "dev.pullhouse."],
  msr: ["com.mirantis.msr."],
  harbor: ["harbor."],
  distribution: ["io.cncf.distribution."],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type SenderId = keyof typeof TYPE_PREFIXES;
export type TypePrefixes = Readonly<Record<SenderId, readonly string[]>>;

const SENDERS = Object.keys(TYPE_PREFIXES) as readonly SenderId[];

/** The rule of a rejected event whose type is not its sender's. Such a row never moves into the type's table. */
export const FOREIGN_TYPE = "a type that its sender owns";

/** As much of a type as is repeated in a reason, which travels in a Pub/Sub attribute of 1,024 bytes. */
const FOUND_MAX = 100;

/** Returns one sentence for each two senders that could both post a type. */
export function overlapsIn(prefixes: TypePrefixes): readonly string[] {
  const all = SENDERS.flatMap((sender) => prefixes[sender].map((prefix) => ({ sender, prefix })));
  return all.flatMap((one, index) =>
    all
      .slice(index + 1)
      .filter(({ sender }) => sender !== one.sender)
      .filter(({ prefix }) => prefix.startsWith(one.prefix) || one.prefix.startsWith(prefix))
      .map(
        ({ sender, prefix }) =>
          `${one.prefix} of ${one.sender} and ${prefix} of ${sender} have types in common`,
      ),
  );
}

/** Returns the sender that owns a type by its prefix; `undefined` when no sender does. */
export function ownerOf(type: string, prefixes: TypePrefixes = TYPE_PREFIXES): SenderId | undefined {
  return SENDERS.find((sender) => prefixes[sender].some((prefix) => type.startsWith(prefix)));
}

export interface TypeOwners {
  /** Returns why the sender may not post the type; `undefined` when it may. */
  reasonAgainst(sender: string, type: string): Reason | undefined;
}

/**
 * A schema file is all that a new type takes, so a type that has one and no owner belongs to Chainguard: its events are signed.
 * @param hasSchema whether a type has a schema file
 */
export function createTypeOwners(prefixes: TypePrefixes, hasSchema: (type: string) => boolean): TypeOwners {
  return {
    reasonAgainst(sender, type) {
      const owner = ownerOf(type, prefixes) ?? (hasSchema(type) ? "chainguard" : undefined);
      if (owner === sender) return undefined;
      return { pointer: "", rule: FOREIGN_TYPE, found: type.slice(0, FOUND_MAX) };
    },
  };
}
