/** What `make demo` can be told: EVENTS and SEED. */
import { randomInt } from "node:crypto";
import { EnvReader } from "#services/shared/config.ts";

export interface DemoSettings {
  readonly events: number;
  /** Determines every event but for the ids. */
  readonly seed: string;
  /** The share of events that is sent twice. */
  readonly duplicates: number;
}

const DUPLICATES = 0.02;

/** @throws PipelineError CONFIG_INVALID */
export function readDemoSettings(env: NodeJS.ProcessEnv): DemoSettings {
  const reader = new EnvReader(env);
  const events = reader.integer("EVENTS", { fallback: 1_000, min: 1, max: 1_000_000 });
  const seed = reader.text("SEED", String(randomInt(1_000_000)));
  reader.done();
  return { events, seed, duplicates: DUPLICATES };
}
