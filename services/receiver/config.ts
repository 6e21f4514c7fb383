/** The receiver's settings, read once from the environment. */
import { type Env, EnvReader, readServiceConfig, type ServiceConfig } from "#services/shared/config.ts";
import { overlapsIn, type SenderId, TYPE_PREFIXES, type TypePrefixes } from "#services/shared/type-owners.ts";
import { type PrivacySettings, readPrivacy } from "./privacy/privacy.ts";
import type { BodyLimits } from "./receive.ts";
import { SOURCES } from "./sources/index.ts";
import type { Source, SourceDeps } from "./sources/source.ts";

export interface ReceiverConfig extends ServiceConfig {
  readonly topic: string;
  readonly maxBodyBytes: BodyLimits;
  /** Slots for bodies in memory (fair-slots.ts); further requests wait a moment for their turn. */
  readonly maxInFlight: number;
  readonly publishTimeoutMs: number;
  readonly spillTimeoutMs: number;
  readonly privacy: PrivacySettings;
  /** Which types each sender may post. */
  readonly typePrefixes: TypePrefixes;
  /** How to create each sender of the registry with its own settings. */
  readonly sources: readonly ((deps: SourceDeps) => Source)[];
}

/**
 * A body of up to 1 MiB takes a slot, a larger one several. 128 MiB of bodies, each in memory about three times while it is
 * spilled (as it came, in base64, and as the object), are 384 MiB: inside the 512 MiB of an instance.
 */
const IN_FLIGHT = { fallback: 128, min: 1, max: 10_000 } as const;

/** @throws PipelineError CONFIG_INVALID with one line per wrong variable */
export function readReceiverConfig(env: Env): ReceiverConfig {
  const reader = new EnvReader(env);
  const config: ReceiverConfig = {
    ...readServiceConfig(reader, 8080),
    topic: reader.matching(
      "PUBSUB_TOPIC",
      /^[A-Za-z][A-Za-z0-9._~+%-]{2,254}$/,
      "a topic id",
      "pullhouse-events",
    ),
    maxBodyBytes: readBodyLimits(reader),
    maxInFlight: reader.integer("MAX_IN_FLIGHT", IN_FLIGHT),
    publishTimeoutMs: reader.integer("PUBLISH_TIMEOUT_MS", { fallback: 2_000, min: 50, max: 20_000 }),
    spillTimeoutMs: reader.integer("SPILL_TIMEOUT_MS", { fallback: 5_000, min: 50, max: 20_000 }),
    privacy: readPrivacy(reader),
    typePrefixes: readTypePrefixes(reader),
    sources: SOURCES.flatMap((kind) => kind.configure(reader) ?? []),
  };
  if (config.sources.length === 0)
    reader.problem(
      "CHAINGUARD_GROUP is not set, nor the credentials of another sender: set those whose events are wanted",
    );
  reader.done();
  return config;
}

const MIB = 1_048_576;

/**
 * A manifest may have 4 MiB (https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests).
 * zot sends it as text in JSON, where each quote and line feed takes two bytes; Distribution can list its references, indented.
 * Pub/Sub takes 10 MB per message, and 9 MiB leave room for the attributes.
 */
const BODY_MAX_BYTES = 9 * MIB;

/** Largest bodies that the senders are known to post. Harbor's replication lists every artifact that it copied. */
const BODY_LIMITS: BodyLimits = {
  chainguard: MIB,
  zot: BODY_MAX_BYTES,
  msr: MIB,
  harbor: 4 * MIB,
  distribution: BODY_MAX_BYTES,
};

/** `MAX_BODY_BYTES` is every sender's; a variable of a sender's own goes before it. */
function readBodyLimits(reader: EnvReader): BodyLimits {
  const all = reader.integer("MAX_BODY_BYTES", { fallback: 0, min: 1_024, max: 8 * MIB });
  const of = (sender: SenderId, name: string) =>
    reader.integer(name, { fallback: all || BODY_LIMITS[sender], min: 1_024, max: BODY_MAX_BYTES });
  return {
    chainguard: of("chainguard", "CHAINGUARD_MAX_BODY_BYTES"),
    zot: of("zot", "ZOT_MAX_BODY_BYTES"),
    msr: of("msr", "MSR_MAX_BODY_BYTES"),
    harbor: of("harbor", "HARBOR_MAX_BODY_BYTES"),
    distribution: of("distribution", "DISTRIBUTION_MAX_BODY_BYTES"),
  };
}

const PREFIX = /^(?:[A-Za-z0-9_-]+\.)+$/;
const TAKES_PREFIXES = "beginnings of event types, each with a dot at its end, and commas between";

/** The two senders of CloudEvents may post types of an operator's own; the others make their types themselves. */
function readTypePrefixes(reader: EnvReader): TypePrefixes {
  const read = (name: string) => {
    const prefixes = reader.list(name, []);
    if (prefixes.some((prefix) => !PREFIX.test(prefix)))
      reader.problem(`${name} is "${prefixes.join(",")}", it takes ${TAKES_PREFIXES}`);
    return prefixes;
  };
  const all = {
    ...TYPE_PREFIXES,
    chainguard: [...TYPE_PREFIXES.chainguard, ...read("CHAINGUARD_TYPES")],
    zot: [...TYPE_PREFIXES.zot, ...read("ZOT_TYPES")],
  };
  for (const overlap of overlapsIn(all)) reader.problem(`CHAINGUARD_TYPES, ZOT_TYPES: ${overlap}`);
  return all;
}
