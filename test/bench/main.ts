/** `make bench`: runs the benches and prints every figure beside its baseline from the same run. */
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { BENCHES } from "./benches.ts";
import type { BenchReport } from "./measure.ts";
import { reportText } from "./table.ts";

const HELP = `Usage: node test/bench/main.ts [--only name,name] [--quick] [--json]

  --only   the benches to run: ${[...BENCHES.keys()].join(", ")} (all, if left out)
  --quick  fewer requests and rounds: shows that it works, the figures are rough
  --json   one JSON document on stdout instead of tables; progress goes to stderr either way

Examples:
  node test/bench/main.ts --only receiver
  node test/bench/main.ts --json > bench.json
`;

interface Asked {
  readonly names: readonly string[];
  readonly quick: boolean;
  readonly json: boolean;
}

/** @throws Error that says which argument is wrong */
function readArguments(): Asked | "help" {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const names = values.only?.split(",").map((name) => name.trim()) ?? [...BENCHES.keys()];
  const unknown = names.filter((name) => !BENCHES.has(name));
  if (unknown.length > 0) {
    throw new Error(`no bench is called ${unknown.join(", ")}; there are ${[...BENCHES.keys()].join(", ")}`);
  }
  return { names, quick: values.quick, json: values.json };
}

async function run({ names, quick, json }: Asked): Promise<void> {
  const reports: (BenchReport & { readonly name: string })[] = [];
  for (const name of names) {
    const bench = BENCHES.get(name);
    if (bench === undefined) continue;
    const report = await bench({ quick, progress: (text) => console.error(`${name}: ${text}`) });
    if (json) reports.push({ name, ...report });
    else console.log(reportText(report));
  }
  if (json) console.log(JSON.stringify({ machine: machine(), quick, benches: reports }, null, 2));
}

function machine() {
  return { node: process.version, processors: availableParallelism(), model: cpus()[0]?.model ?? "unknown" };
}

async function main(): Promise<number> {
  let asked: Asked | "help";
  try {
    asked = readArguments();
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  if (asked === "help") console.log(HELP);
  else await run(asked);
  return 0;
}

process.exitCode = await main();
