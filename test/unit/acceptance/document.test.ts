/** docs/internals/assumptions.md says what `make acceptance` checks. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ASSUMPTIONS } from "#infra/acceptance/assumptions/index.ts";
import { assumptionsDocument } from "#infra/acceptance/document.ts";

test("the page is the list: `node infra/acceptance/write-document.ts` writes it", () => {
  expect(readFileSync("docs/internals/assumptions.md", "utf8")).toBe(assumptionsDocument(ASSUMPTIONS));
});

test("every assumption has a name of its own, one sentence and a public source", () => {
  const ids = ASSUMPTIONS.map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(35);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, statement, source } of ASSUMPTIONS) {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/);
    expect(statement, id).toMatch(/^\S.*\.$/);
    expect(source, id).toMatch(/^https:\/\/(?:(?:docs\.)?cloud\.google\.com|github\.com)\//);
  }
});
