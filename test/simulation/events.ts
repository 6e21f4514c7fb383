/** What the senders of a run have to say: events of several types, some of which fit nowhere, make trouble, or have an id twice. */
import { below, chance, pick } from "#services/cli/generate/random.ts";
import type { CloudEvent } from "#services/shared/event.ts";
import { REFUSED, UNMERGEABLE } from "./bigquery.ts";
import { DEADLY } from "./instance.ts";
import { NEW_COLUMN, NEW_TYPE, PULL } from "./versions.ts";
import type { World } from "./world.ts";

export interface SentEvent {
  readonly sender: "chainguard" | "zot";
  readonly event: CloudEvent;
}

/** What an event is known by: each must be a row, whatever another sender calls its own. */
export const identityOf = (sender: unknown, id: unknown) => `${String(sender)} ${String(id)}`;

const KINDS = [
  { type: PULL, data: (tag: string) => `{"body":{"tag":"${tag}"}}` },
  { type: PULL, data: (tag: string) => `{"body":{"tag":"${tag}"},"${NEW_COLUMN}":"${tag}"}` },
  { type: "dev.chainguard.registry.push.v1", data: (tag: string) => `{"body":{"tag":"${tag}"}}` },
  { type: PULL, data: (tag: string) => `{"body":"${tag}"}`, isRaw: true },
  { type: "com.example.unregistered", data: (tag: string) => `{"x":"${tag}"}`, isRaw: true },
  { type: NEW_TYPE, data: (tag: string) => `{"x":"${tag}"}` },
] as const;

const DAY_MS = 24 * 3_600_000;

/** Of events that come into a table of all senders, so many have their id from the other sender, too. */
const TWINS_EVERY = 3;

export function makeEvents(world: World): readonly SentEvent[] {
  const { random } = world;
  const count = 20 + below(random, 1 + below(random, 200));
  /** Events of some seeds that make trouble, by their number. */
  const troubles = new Map<number, string>([
    ...(chance(random, 0.3) ? [[7, REFUSED] as const] : []),
    ...(chance(random, 0.15) ? [[11, DEADLY] as const] : []),
    ...(chance(random, 0.15) ? [[13, UNMERGEABLE] as const] : []),
  ]);
  const events = Array.from({ length: count }, (_, number): SentEvent[] => {
    const { type, data, ...kind } = pick(random, KINDS);
    const isOld = chance(random, 0.05);
    const age = isOld ? below(random, 3_000) * DAY_MS : below(random, 60) * 60_000;
    const event = {
      id: `event-${number}`,
      source: "simulation",
      type,
      specversion: "1.0",
      ...(chance(random, 0.9) ? { time: new Date(world.now - age).toISOString() } : {}),
      extensions: {},
      data: Buffer.from(data(troubles.get(number) ?? `tag-${number}`)),
    };
    const sent = { sender: "chainguard", event } as const;
    if (!("isRaw" in kind) || number % TWINS_EVERY !== 0) return [sent];
    world.count("two senders with one id");
    return [sent, { sender: "zot", event: { ...event, data: Buffer.from(data(`twin-${number}`)) } }];
  });
  return events.flat();
}
