/** `pullhouse cost`: its options, its output, and the documentation that shows what it prints. */
import { readFileSync } from "node:fs";
import { CommanderError } from "commander";
import { expect, test } from "vitest";
import { createProgram } from "#services/cli/program.ts";
import { terminalOn } from "#services/cli/terminal.ts";

interface Ran {
  readonly out: string;
  readonly error: string;
  /** Of commander: 0 for help, 1 for a wrong use, which the entry point turns into the status 2. */
  readonly code: number | undefined;
}

async function pullhouse(args: readonly string[]): Promise<Ran> {
  let out = "";
  let error = "";
  const terminal = terminalOn({
    env: {},
    out: async (text: string) => {
      out += text;
    },
    error: (text: string) => {
      error += text;
    },
    live: false,
    input: async () => undefined,
    signal: new AbortController().signal,
  });
  try {
    await createProgram(terminal, "0.0.0").parseAsync(args, { from: "user" });
    return { out, error, code: undefined };
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    return { out, error, code: thrown.exitCode };
  }
}

test("docs/operate/cost.md shows what the command prints today", async () => {
  const docs = readFileSync("docs/operate/cost.md", "utf8");
  const blocks = [...docs.matchAll(/<!-- npx pullhouse (cost .*) -->\n([\s\S]*?)<!-- end -->/g)];
  expect(blocks.length).toBeGreaterThan(0);
  for (const [, command = "", shown] of blocks) {
    const { code, out } = await pullhouse(command.split(" "));
    expect(code).toBeUndefined();
    expect(shown?.trim()).toBe(out.trim());
  }
});

test("--json has every item of every way with its price, and sums that are right", async () => {
  const { out } = await pullhouse(["cost", "-e", "0", "1M", "--json"]);
  const { estimates, prices } = JSON.parse(out) as Document;
  expect(estimates.map(({ workload }) => workload.eventsPerDay)).toEqual([0, 1_000_000]);
  for (const { ways } of estimates) {
    expect(ways.map(({ name }) => name)).toEqual([
      "Pullhouse",
      "Chainguard's example",
      "Pub/Sub subscription to BigQuery",
      "Dataflow",
    ]);
    for (const { items, dollars } of ways) {
      expect(items.reduce((sum, item) => sum + item.dollars, 0)).toBeCloseTo(dollars, 6);
      for (const { price, quantity, dollarsBeforeFreeTier } of items)
        expect(dollarsBeforeFreeTier).toBeCloseTo(quantity * (prices[price]?.dollars ?? Number.NaN), 6);
    }
  }
});

interface Document {
  readonly prices: Readonly<Record<string, { readonly dollars: number }>>;
  readonly estimates: readonly {
    readonly workload: { readonly eventsPerDay: number };
    readonly ways: readonly {
      readonly name: string;
      readonly dollars: number;
      readonly items: readonly {
        readonly price: string;
        readonly quantity: number;
        readonly dollars: number;
        readonly dollarsBeforeFreeTier: number;
      }[];
    }[];
  }[];
}

test("a longer window is cheaper, and the services' own default is the default", async () => {
  const sum = async (...args: string[]) => {
    const { out } = await pullhouse(["cost", "-e", "10k", "--json", ...args]);
    return (JSON.parse(out) as Document).estimates[0]?.ways[0]?.dollars ?? Number.NaN;
  };
  const [usual, same, five] = await Promise.all([
    sum(),
    sum("--window-seconds", "40"),
    sum("--window-seconds", "300"),
  ]);
  expect(usual).toBe(same);
  expect(five).toBeLessThan(usual);
});

test("more than one batcher can do is said, not hidden", async () => {
  const { out } = await pullhouse(["cost", "-e", "10G"]);
  expect(out).toContain("At 10,000,000,000 events a day the batcher's rounds take longer than a window");
});

test.each([
  [[], /required option '-e, --events-per-day <numbers...>' not specified/],
  [["-e"], /argument missing/],
  [
    ["-e", "1", "--from-deployment"],
    /'-e, --events-per-day <numbers...>' cannot be used with option '--from-deployment'/,
  ],
  [["-e", "1", "--days", "7"], /option '--days' goes with '--from-deployment'/],
  [["-e", "1", "--billing-table", "a.b"], /option '--billing-table' goes with '--from-deployment'/],
  [["--project", "any-project"], /option '--project' goes with '--from-deployment'/],
  [["--from-deployment", "--days", "0"], /It takes a whole number from 1 to 180/],
  [["--from-deployment", "--billing-table", "export"], /It takes a table as project.dataset.table/],
  [["-e", ""], /It takes a whole number from 0 to 100,000,000,000/],
  [["-e", "-5"], /It takes a whole number from 0/],
  [["-e", "NaN"], /It takes a whole number from 0/],
  [["-e", "Infinity"], /It takes a whole number from 0/],
  [["-e", "1e30"], /It takes a whole number from 0/],
  [["-e", "1.5"], /It takes a whole number from 0/],
  [["-e", "0x10"], /It takes a whole number from 0/],
  [["-e", "10k", "lots"], /It takes a whole number from 0/],
  [["-e", "1", "--event-bytes", "0"], /It takes a whole number from 1 to 8,388,608/],
  [["-e", "1", "--hours", "25"], /It takes a number from 0.1 to 24/],
  [["-e", "1", "--window-seconds", "0"], /It takes a number from 0.5 to 3,600/],
  [["-e", "1", "--retention-days", "1.5"], /It takes a whole number from 1/],
  [["-e", "1", "--price", "gold=1"], /There is no price gold: requests, cpu/],
  [["-e", "1", "--price", "cpu=-1"], /It takes a number from 0/],
  [["-e", "1", "--price", "cpu"], /It takes a number from 0/],
  [["-e", "1", "--assume", "toString=1"], /There is no assumption toString/],
])("%j is a wrong use", async (args, why) => {
  const { code, error, out } = await pullhouse(["cost", ...args]);
  expect(error).toMatch(why);
  expect({ code, out }).toEqual({ code: 1, out: "" });
});
