/** The stack as Terraform would read it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readDeployConfig } from "#infra/gcp/config.ts";
import type { Resource } from "#infra/gcp/resolve.ts";
import { synthesize } from "#infra/gcp/synthesize.ts";

export type { Resource };

export interface Stack {
  readonly text: string;
  readonly terraform: Resource;
  readonly variable: Record<string, Resource>;
  readonly output: Record<string, Resource>;
  readonly provider: Record<string, Resource[]>;
  readonly resource: Record<string, Record<string, Resource>>;
  /** All of a type. */
  readonly all: (type: string) => Resource[];
  /** The one of a type and a name. */
  readonly one: (type: string, name: string) => Resource;
}

export const PROJECT = "acme-registry-events";
export const GROUP = "45a0c61ea6fd977f050c5fb9ac06a69eed764595";

/** By settings: a synthesis takes most of a second, and many tests look at the same stack. */
const known = new Map<string, string>();

/** @param settings of `pullhouse.config.json`, over the smallest that is one */
export function synthesizeStack(settings: Record<string, unknown> = {}): Stack {
  const key = JSON.stringify(settings);
  const text = known.get(key) ?? synthesizedText(settings);
  known.set(key, text);
  const stack = JSON.parse(text) as Omit<Stack, "text" | "all" | "one">;
  return {
    ...stack,
    text,
    all: (type) => Object.values(stack.resource[type] ?? {}),
    one: (type, name) => {
      const found = stack.resource[type]?.[name];
      if (found === undefined) throw new Error(`the stack has no ${type}.${name}`);
      return found;
    },
  };
}

/** Made anew at each call. */
export function synthesizedText(settings: Record<string, unknown> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "pullhouse-synth-"));
  try {
    const config = readDeployConfig(
      { project: PROJECT, region: "us-central1", chainguard: { groups: [GROUP] }, ...settings },
      "the test's settings",
    );
    return readFileSync(synthesize(config, folder).path, "utf8");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
