/** The bundles stay within their budget; `make check` runs this. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BUDGET, IMAGE_BUDGET, overBudget, weigh, weighImage } from "../../../build/budget.ts";
import { bundle, SERVICES } from "../../../build/bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "pullhouse-budget-"));
let metafile: Metafile;
beforeAll(async () => {
  metafile = await bundle(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each(SERVICES)("%s is within its budget", (service) => {
  expect(overBudget(service, weigh(metafile, service))).toEqual([]);
});

test.each(SERVICES)("the budget of %s has no more than a quarter to spare", (service) => {
  const weight = weigh(metafile, service);
  expect(BUDGET[service].atStart).toBeLessThan(weight.atStart * 1.25);
  expect(BUDGET[service].inAll).toBeLessThan(weight.inAll * 1.25);
});

test("the image is within its budget, which has no more than a quarter to spare", () => {
  const bytes = weighImage(folder);
  expect(bytes).toBeLessThanOrEqual(IMAGE_BUDGET);
  expect(IMAGE_BUDGET).toBeLessThan(bytes * 1.25);
});

test.each(["receiver", "batcher", "loader"] as const)(
  "%s reads no Google client before it listens",
  (service) => {
    const { atStart, inAll } = weigh(metafile, service);
    expect(inAll).toBeGreaterThan(atStart * 5);
  },
);

test("what is over is said with its figures and what to do", () => {
  const budget = { atStart: 1_000, inAll: 5_000 };
  expect(overBudget("loader", { atStart: 1_000, inAll: 5_000 }, budget)).toEqual([]);
  expect(overBudget("loader", { atStart: 2_500, inAll: 5_000 }, budget)).toEqual([
    expect.stringMatching(/^loader: 3 kB at its start, the budget is 1 kB\. .*build\/budget\.ts\.$/),
  ]);
});

test("shared files count once, and files that are only read later are not of the start", () => {
  const file = (bytes: number, ...imports: [string, "import-statement" | "dynamic-import"][]) => ({
    bytes,
    imports: imports.map(([path, kind]) => ({ path, kind })),
    inputs: {},
    exports: [],
  });
  const outputs = {
    "x/loader/main.js": file(1, ["x/a.js", "import-statement"], ["x/later.js", "dynamic-import"]),
    "x/a.js": file(10, ["x/shared.js", "import-statement"]),
    "x/shared.js": file(100),
    "x/later.js": file(1_000, ["x/shared.js", "import-statement"]),
    "x/other.js": file(10_000),
  };
  expect(weigh({ inputs: {}, outputs }, "loader")).toEqual({ atStart: 111, inAll: 1_111 });
  expect(() => weigh({ inputs: {}, outputs }, "batcher")).toThrow("no bundle of batcher");
});
