/** A wrong variable stops the local pipeline before anything of it runs. */
import { expect, test } from "vitest";
import { planLocal } from "#infra/local/environment.ts";
import { checkConfiguration } from "#infra/local/up/check-configuration.ts";

function problems(env: Record<string, string>): readonly string[] {
  try {
    checkConfiguration(planLocal(env), env);
  } catch (error) {
    return (error as Error).message.split("\n");
  }
  return [];
}

test("the defaults are right for every service", () => {
  expect(problems({})).toEqual([]);
});

test("each problem is named once, whichever services share it", () => {
  expect(
    problems({ GCS_BUCKET: "X", WINDOW_SECONDS: "soon", MAX_IN_FLIGHT: "0", LOAD_WORKERS: "many" }),
  ).toEqual([
    'GCS_BUCKET is "X", it takes a bucket name',
    'WINDOW_SECONDS is "soon", it takes seconds from 0.5 to 3600',
    'MAX_IN_FLIGHT is "0", it takes a whole number from 1 to 10000',
    'LOAD_WORKERS is "many", it takes a whole number from 1 to 32',
  ]);
});
