/** What lies at the places and is not read: named on the way, counted in the end. */
import type { Registry } from "#services/shared/schema/registry.ts";
import type { LeftOut } from "./sources.ts";

/** One reason's words: for the place itself, and behind a count. */
const WORDS = {
  hidden: ["hidden", "hidden files and folders were left out"],
  special: ["no file", "pipes, sockets and devices were left out"],
  dangling: ["a link that leads nowhere", "links that lead nowhere were left out"],
  seen: ["a link to a folder that is read anyway", "links to folders that are read anyway were left out"],
} as const;

export interface LeftOuts {
  add(one: LeftOut): void;
  /** Files and folders that could not be read: some events are missing. */
  readonly unreadable: number;
  /** One line for each reason. */
  lines(): readonly string[];
}

interface Hooks {
  /** Not called for the files of other types, which may be as many as ours. */
  onLeftOut(text: string): void;
  onBroken(path: string, reason: string): void;
}

export function createLeftOuts(registry: Registry, hooks: Hooks): LeftOuts {
  const counts = new Map<keyof typeof WORDS, number>();
  const types = new Map<string, number>();
  let unreadable = 0;
  return {
    get unreadable() {
      return unreadable;
    },
    add(one) {
      if (one.why === "type") types.set(one.type, (types.get(one.type) ?? 0) + 1);
      else if (one.why === "unreadable") {
        unreadable += 1;
        hooks.onBroken(one.path, `it cannot be read, ${one.reason}`);
      } else {
        counts.set(one.why, (counts.get(one.why) ?? 0) + 1);
        hooks.onLeftOut(`${one.path}: ${WORDS[one.why][0]}, left out`);
      }
    },
    lines: () => [
      ...[...types].map(
        ([type, count]) => `${count} files of ${type} were left out: ${adviceFor(type, registry)}`,
      ),
      ...[...counts].map(([why, count]) => `${count} ${WORDS[why][1]}`),
    ],
  };
}

function adviceFor(type: string, registry: Registry): string {
  return registry.find(type) === undefined
    ? "it has no schema file, see docs/use/adding-a-type.md"
    : `import them with --type ${type}`;
}
