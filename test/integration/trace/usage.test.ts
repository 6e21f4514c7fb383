/** What `pullhouse trace` does not take, without a cloud. */
import { expect, test } from "vitest";
import { pullhouseHere as pullhouse } from "../cli/run-command.ts";

test.each([
  ["a period that ends before it begins", ["a", "--since", "1h", "--until", "2h"]],
  ["a time that is none", ["a", "--since", "yesterday-ish"]],
  ["an empty id", [""]],
  ["no id", []],
])("%s is a usage error", async (_, args) => {
  const { status, error } = await pullhouse(["trace", ...args]);
  expect(status).toBe(2);
  expect(error).not.toBe("");
});
