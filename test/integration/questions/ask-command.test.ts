/** `pullhouse ask` as a user types it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadQuestions } from "#services/cli/ask/questions.ts";
import { type EventWarehouse, startEventWarehouse } from "#test/support/event-warehouse.ts";
import { pullhouseHere as pullhouse } from "../cli/run-command.ts";
import { pull } from "./case.ts";

let warehouse: EventWarehouse;

beforeAll(async () => {
  warehouse = await startEventWarehouse();
  await warehouse.refill([
    pull({ time: "20T10:00:00", tag: "1.27" }),
    pull({ time: "20T11:00:00", tag: "1.27", who: "bob" }),
    pull({ time: "20T12:00:00", image: "acme/redis", tag: "7" }),
    pull({ time: "20T12:00:00", image: "acme/\u001b[31mred", tag: "7" }),
  ]);
}, 60_000);
afterAll(() => warehouse.close());

const NOVEMBER = ["--since", "2026-11-01", "--until", "2026-12-01"];
const ask = (...args: readonly string[]) => pullhouse(["ask", ...args], warehouse.env);

test("without a question it lists them all", async () => {
  const { status, out } = await ask();
  const questions = loadQuestions();
  expect(out.trimEnd().split("\n")).toHaveLength(questions.length);
  for (const { name, title } of questions) expect(out).toMatch(new RegExp(`^${name} +${title}$`, "m"));
  expect(status).toBe(0);
});

test("a question is answered as a table, or as data for other programs", async () => {
  const table = await ask("top-tags", ...NOVEMBER);
  expect(table).toMatchObject({ status: 0, error: "" });
  expect(table.out).toMatch(/│ acme\/nginx:1\.27 +│ cgr\.dev +│ +2 │ +2 │/);
  expect(table.out).toMatch(/\n3 rows\n$/);
  const json = await ask("top-tags", ...NOVEMBER, "--limit", "1", "--format", "json");
  expect(JSON.parse(json.out)).toMatchObject({ image: "acme/nginx:1.27", pulls: 2, identities: 2 });
  const csv = await ask("summary", ...NOVEMBER, "--format", "csv");
  expect(csv.out).toBe("pulls,checks,failures,requests,images,tags,identities,addresses\n4,0,0,4,3,3,2,1\n");
});

test("--chart draws, and a sender's control characters reach no terminal", async () => {
  const { status, out } = await ask("top-images", ...NOVEMBER, "--chart");
  expect(out).toMatch(/^pulls by repository\n\nacme\/nginx +2 {2}█{40}\nacme\/\S+ +1 {2}█{20}\n/);
  expect(out).toContain("acme/\\u001b[31mred");
  expect(out).not.toContain("\u001b");
  expect(status).toBe(0);
});

test("--dry-run counts what is behind the views", async () => {
  const { status, out } = await ask("top-images", "--dry-run");
  expect(out).toMatch(/^[1-9][\d.]* (?:bytes|KiB), \$/);
  expect(status).toBe(0);
});

test("--show-sql is a statement that query takes as it is", async () => {
  const others = ["--image", "acme/redis", "--limit", "5"];
  const { out: sql } = await ask("who-pulls", "--show-sql", ...NOVEMBER, ...others);
  const ran = await pullhouse(["query", "-", "--format", "json"], warehouse.env, sql);
  expect(ran.error).toBe("");
  expect(JSON.parse(ran.out)).toMatchObject({ identity: "ada", requests: 1 });
});

test.each([
  [["tag-history"], /required option '--image <text>' not specified/],
  [["top-images", "--since", "soon"], /--since: it takes 12h, 7d, 4w, now, today, a day \(2026-11-20\)/],
  [["top-images", "--limit", "0"], /--limit: it takes a whole number from 1, not 0/],
  [["summary", "--chart"], /unknown option '--chart'/],
])("%j is a wrong use: status 2", async (args, why) => {
  const { status, error } = await ask(...args);
  expect(error).toMatch(why);
  expect(status).toBe(2);
});

test("a dataset without the views is named", async () => {
  const { status, error } = await ask("summary", "--dataset", "nowhere");
  expect(error).toMatch(/Not found: .*nowhere/);
  expect(status).toBe(1);
});
