/** What `make bench` is asked for. */
import { parseArgs } from "node:util";

export interface Asked {
  /** Of benches. */
  readonly names: readonly string[];
  readonly quick: boolean;
  readonly json: boolean;
}

export const helpText = (
  known: readonly string[],
): string => `Usage: make bench ARGS="[--only name,name] [--quick] [--json]"

  --only   the benches to run: ${known.join(", ")} (all, if left out)
  --quick  fewer requests and rounds: shows that it works, the figures are rough
  --json   one JSON document on stdout instead of tables; progress goes to stderr either way

Examples:
  make bench ARGS="--only receiver,overload"
  make bench ARGS="--json" > bench.json

The exit status is 1 when a bench failed; its error stands in the place of its figures.
`;

/** @throws Error that says which argument is wrong */
export function readArguments(args: readonly string[], known: readonly string[]): Asked | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const names = values.only?.split(",").map((name) => name.trim()) ?? known;
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(
      `no bench is called ${unknown.map((name) => `"${name}"`).join(", ")}; there are ${known.join(", ")}`,
    );
  }
  return { names, quick: values.quick, json: values.json };
}
