/** Pull events without end, as Chainguard would send them: the same ones for the same seed, group and clock. */
import { type Consumer, createConsumers } from "./consumers.ts";
import { drawImage, type Image } from "./images.ts";
import { type Request, requestsOf } from "./pull.ts";
import { below, chance, createRandom, hex, type Random, uuid } from "./random.ts";

export interface GenerateOptions {
  readonly seed: string;
  /** Determines the events' ids; the seed, if left out. With another one, the same pulls are other events. */
  readonly idSeed?: string;
  /** The group (a UIDP) that the registry belongs to. */
  readonly group: string;
  /** When the next request happens, in milliseconds since the epoch. */
  readonly now: () => number;
}

/** A request to a webhook, but for its token. */
export interface GeneratedEvent {
  readonly id: string;
  /** `ce-*` and `content-type`, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export const PULL_TYPE = "dev.chainguard.registry.pull.v1";

const CONSUMERS = 160;
/** So many pulls are under way at once; their requests come mixed. */
const UNDER_WAY = 12;
/** The delivering service's account; not the one who pulls. */
const SENDER = "enforce-prod-registry-jzjewxe4@prod-enforce-fabc.iam.gserviceaccount.com";

interface Pull {
  readonly consumer: Consumer;
  readonly image: Image;
  readonly requests: readonly Request[];
  next: number;
}

export function* generateEvents(options: GenerateOptions): Generator<GeneratedEvent, never, void> {
  const { group, now } = options;
  const random = createRandom(options.seed);
  const idRandom = createRandom(`ids of ${options.idSeed ?? options.seed}`);
  const drawConsumer = createConsumers(random, group, CONSUMERS);
  const startPull = (): Pull => {
    const consumer = drawConsumer(random);
    const image = drawImage(random, now());
    return { consumer, image, requests: requestsOf(random, consumer, image, group), next: 0 };
  };
  const pulls = Array.from({ length: UNDER_WAY }, startPull);
  while (true) {
    const place = below(random, UNDER_WAY);
    const pull = pulls[place] as Pull;
    const request = pull.requests[pull.next] as Request;
    yield eventOf(random, uuid(idRandom), group, now(), pull, request);
    pull.next += 1;
    if (pull.next === pull.requests.length) pulls[place] = startPull();
  }
}

function eventOf(
  random: Random,
  id: string,
  group: string,
  at: number,
  pull: Pull,
  request: Request,
): GeneratedEvent {
  const { consumer, image } = pull;
  const repoId = `${group}/${image.repoSuffix}`;
  const when = civilTime(random, at);
  // Key by key in the order of the registry's own type; what is empty there is left out here.
  const data = {
    ...(consumer.actor === undefined ? {} : { actor: consumer.actor }),
    body: {
      repository: image.repository,
      repo_id: repoId,
      ...(chance(random, 0.02) ? { subdomain: "skills" } : {}),
      ...(request.tag === undefined ? {} : { tag: request.tag }),
      digest: request.digest,
      method: request.method,
      type: request.type,
      when,
      location: consumer.location,
      remote_address: consumer.remoteAddress,
      user_agent: consumer.client.userAgent,
      ...(request.error === undefined ? {} : { error: request.error }),
      ...(request.policyResults === undefined ? {} : { policy_results: request.policyResults }),
    },
  };
  const trace = `00-${hex(random, 32)}-${hex(random, 16)}-00`;
  return {
    id,
    headers: {
      traceparent: trace,
      "original-traceparent": trace,
      "content-type": "application/json",
      "ce-type": PULL_TYPE,
      "ce-time": `${when.slice(0, 19)}Z`,
      "ce-subject": repoId,
      "ce-specversion": "1.0",
      "ce-source": "cgr.dev",
      "ce-id": id,
      "ce-group": group,
      "ce-audience": "customer",
      "ce-actor": SENDER,
      "user-agent": "Chainguard Enforce bd6a3e9",
    },
    body: Buffer.from(JSON.stringify(data)),
  };
}

/**
 * `when` as the registry writes it (Go's civil.DateTime): UTC without a zone, six digits of a second, or none
 * when it is a whole one. Whole ones come more often here than there, so that they are seen.
 */
function civilTime(random: Random, at: number): string {
  const text = new Date(at).toISOString();
  if (chance(random, 0.02)) return text.slice(0, 19);
  return `${text.slice(0, 23)}${below(random, 1000).toString().padStart(3, "0")}`;
}
