/** What the senders of a run have to say: events of several types, some of which fit nowhere or make trouble. */
import { below, chance, pick } from "#services/cli/generate/random.ts";
import type { CloudEvent } from "#services/shared/event.ts";
import { toRow } from "#services/shared/row/row.ts";
import type { Registry } from "#services/shared/schema/registry.ts";
import { REFUSED } from "./cloud.ts";
import { DEADLY } from "./instance.ts";
import type { World } from "./world.ts";

const KINDS = [
  { type: "dev.chainguard.registry.pull.v1", data: (tag: string) => `{"body":{"tag":"${tag}"}}` },
  { type: "dev.chainguard.registry.push.v1", data: (tag: string) => `{"body":{"tag":"${tag}"}}` },
  { type: "dev.chainguard.registry.pull.v1", data: (tag: string) => `{"body":"${tag}"}` },
  { type: "com.example.unregistered", data: (tag: string) => `{"x":"${tag}"}` },
] as const;

export function makeEvents(world: World): readonly CloudEvent[] {
  const { random } = world;
  const count = 20 + below(random, 1 + below(random, 200));
  const hasRefused = chance(random, 0.3);
  const hasDeadly = chance(random, 0.15);
  return Array.from({ length: count }, (_, number) => {
    const { type, data } = pick(random, KINDS);
    const tag = hasRefused && number === 7 ? REFUSED : hasDeadly && number === 11 ? DEADLY : `tag-${number}`;
    const minutes = below(random, 60);
    return {
      id: `event-${number}`,
      source: "simulation",
      type,
      specversion: "1.0",
      ...(chance(random, 0.9) ? { time: new Date(world.now - minutes * 60_000).toISOString() } : {}),
      extensions: {},
      data: Buffer.from(data(tag)),
    };
  });
}

/** The table that an event's row has to be in. */
export function tableOf(event: CloudEvent, registry: Registry): string {
  return toRow(registry, event, { source: "simulation", receivedAt: 0 }).table.table;
}
