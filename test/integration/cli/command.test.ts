/** The `pullhouse` command itself. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { pullhouse } from "./run-command.ts";

test("--version is the package's", async () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  expect(await pullhouse(["--version"])).toEqual({ status: 0, out: `${version}\n`, error: "" });
});

test.each(["ask", "cost", "dead-letters", "prove", "query", "schema", "send"])(
  "the help of %s has examples",
  async (command) => {
    const { status, out } = await pullhouse([command, "--help"]);
    expect(status).toBe(0);
    expect(out).toContain(`Examples:\n  $ pullhouse ${command} `);
  },
);

test.each([
  [["query", "--format", "xml", "SELECT 1"], /'xml' is invalid. Allowed choices are table, json, csv, md/],
  [["cost", "-e", "NaN"], /It takes a whole number from 0 to 100,000,000,000/],
  [["query"], /there is no statement/],
  [["asks"], /unknown command 'asks'/],
  [["ask", "top-image"], /there is no question top-image; `pullhouse ask` lists them/],
])("%j is a wrong use: status 2", async (args, why) => {
  const { status, error } = await pullhouse(args);
  expect(error).toMatch(why);
  expect(status).toBe(2);
});

test("a query that reaches no warehouse says how to start one, at once", async () => {
  const { status, error } = await pullhouse(["query", "SELECT 1"], { PULLHOUSE_BIGQUERY_PORT: "1" });
  expect(error).toContain("nothing answers at http://127.0.0.1:1: start the pipeline with `make up`");
  expect(status).toBe(1);
}, 10_000);
