/** `pullhouse report` as its readers see it: in a browser, at the width of a telephone and of a desk. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadQuestions } from "#services/cli/ask/questions.ts";
import { NOT_IN_REPORT, SECTIONS, SUMMARY } from "#services/cli/report/sections.ts";
import { isInstalled } from "#test/support/commands.ts";
import { type EventWarehouse, startEventWarehouse } from "#test/support/event-warehouse.ts";
import { pullhouse, type Ran } from "../cli/run-command.ts";
import { EVENTS, HOSTILE } from "./events.ts";
import { barsOfCharts, clippedTexts } from "./in-page.ts";

const folder = mkdtempSync(join(tmpdir(), "pullhouse-report-"));
const file = join(folder, "report.html");
const MONTH = ["--since", "2026-11-01", "--until", "2026-11-21"];

let warehouse: EventWarehouse;
let ran: Ran;

beforeAll(async () => {
  warehouse = await startEventWarehouse();
  await warehouse.refill(EVENTS);
  ran = await pullhouse(["report", ...MONTH, "-o", file], warehouse.env);
}, 90_000);
afterAll(async () => {
  await warehouse.close();
  rmSync(folder, { recursive: true });
});

const asked = SECTIONS.flatMap(({ questions }) => questions.map(({ question }) => question));

test("every question is in the report, or needs an image to be asked about", () => {
  const all = loadQuestions().map(({ name }) => name);
  expect([...asked, SUMMARY, ...NOT_IN_REPORT].toSorted()).toEqual(all);
});

test("it is one file, and the command says where", () => {
  expect(ran.error).toMatch(/asking 18\/18\n.*report\.html: 4 sections, 18 questions\n$/s);
  expect(ran).toMatchObject({ status: 0, out: "" });
  const page = readFileSync(file, "utf8");
  expect(page.match(/\b(?:src|href)=|@import|url\((?!#)|<script|Nothing in this time/gi) ?? []).toEqual([]);
  expect(page).toMatch(/<article id="replays">\n<h3>.*<\/h3>\n.* Of the last whole day, /);
  const articles = [...page.matchAll(/<article id="([^"]+)">/g)].map(([, id]) => id);
  expect(articles).toEqual(asked);
});

test("- is standard output, and no events make a page that says so", async () => {
  const { status, out } = await pullhouse(["report", "--since", "1h", "-o", "-"], warehouse.env);
  expect(status).toBe(0);
  expect(out).toMatch(/^<!doctype html>[\s\S]*Nothing in this time\.[\s\S]*<\/html>\n$/);
});

test.each([
  [["--since", "yesterday"], /--since: it takes 12h, 7d, 4w, now, today, a day/],
  [["-o", "/nowhere/report.html"], /the report cannot be written: .*choose another place with --output/],
])("%j is a wrong use: status 2", async (args, why) => {
  const { status, error } = await pullhouse(["report", ...args], warehouse.env);
  expect(error).toMatch(why);
  expect(status).toBe(2);
});

test("a dry run tells the price and writes nothing", async () => {
  const { status, out } = await pullhouse(["report", "--dry-run"], warehouse.env);
  expect(out).toMatch(/^[\d.]+ (?:KiB|MiB), \$[\d.e-]+ at \$6\.25 per TiB/);
  expect(status).toBe(0);
});

describe.skipIf(!isInstalled("chromium"))("in a browser (skipped where chromium is missing)", () => {
  let browser: Browser;
  beforeAll(async () => {
    // Containers run as root, for whom Chromium has no sandbox; the page is our own.
    browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  }, 60_000);
  afterAll(() => browser.close());

  /** Opens the page and notes what it should not do. */
  async function open(width: number, colorScheme: "light" | "dark" = "light") {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const faults: string[] = [];
    page.on("console", (message) => faults.push(message.text()));
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("request", (request) => {
      if (request.url() !== pathToFileURL(file).href) faults.push(`asked for ${request.url()}`);
    });
    await page.goto(pathToFileURL(file).href);
    return { page, faults };
  }

  test("nothing is said on the console, nothing is loaded, nothing hostile runs", async () => {
    const { page, faults } = await open(1600);
    expect(await page.title()).toBe("Container images: who pulled what");
    expect(await page.getByText(HOSTILE).count()).toBeGreaterThan(0);
    expect(faults).toEqual([]);
    await page.close();
  });

  test.each([400, 1600])(
    "at %i pixels every chart is drawn, its bars from the longest down",
    async (width) => {
      const { page } = await open(width);
      const charts = await page.evaluate(barsOfCharts);
      const withChart = loadQuestions().filter(({ name, chart }) => chart && asked.includes(name));
      expect(charts.map(({ question }) => question).toSorted()).toEqual(withChart.map(({ name }) => name));
      for (const { question, marks, lengths } of charts) {
        expect(marks, question).toBeGreaterThan(0);
        expect(lengths, question).toEqual(lengths.toSorted((a, b) => b - a));
      }
      await page.close();
    },
  );

  test.each([400, 1600])("at %i pixels no text is clipped, nothing is wider than the page", async (width) => {
    const { page } = await open(width);
    const { texts, clipped } = await page.evaluate(clippedTexts);
    expect(texts).toBeGreaterThan(200);
    expect(clipped).toEqual([]);
    await page.close();
  });

  test.each([
    [400, "light"],
    [1600, "light"],
    [1600, "dark"],
  ] as const)("axe finds nothing serious at %i pixels, %s", async (width, scheme) => {
    const { page } = await open(width, scheme);
    expect(await violations(page)).toEqual([]);
    await page.close();
  });

  test("on paper there are the wide charts, and no page cuts one", async () => {
    const { page } = await open(1600);
    const pdf = await page.pdf({ format: "A4" });
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
    await page.emulateMedia({ media: "print" });
    expect(await page.locator("figure .wide").first().isVisible()).toBe(true);
    expect(await page.locator("figure .narrow").first().isVisible()).toBe(false);
    await page.close();
  });
});

async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const page = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
    };
    const found = await page.axe.run();
    return found.violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  });
}
