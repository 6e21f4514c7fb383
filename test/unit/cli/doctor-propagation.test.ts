/** What `pullhouse doctor` says of a deployment that is minutes old. */
import { expect, test } from "vitest";
import type { Check } from "#services/cli/doctor/check.ts";
import type { Exam } from "#services/cli/doctor/exam.ts";
import { examine } from "#services/cli/doctor/examine.ts";
import { PipelineError } from "#services/shared/errors.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const MINUTE_MS = 60_000;

const refused = new PipelineError("WAREHOUSE_UNAVAILABLE", "later", "403: no", {
  cause: Object.assign(new Error("no"), { code: 403 }),
});
const check: Check = {
  name: "all",
  title: "All",
  parts: () => [
    { what: "dataset", look: () => Promise.reject(refused) },
    {
      what: "receiver",
      look: () => Promise.resolve([{ verdict: "broken", what: "receiver", found: "403" }]),
    },
    {
      what: "queue",
      look: () => Promise.resolve([{ verdict: "look", what: "queue", found: "idle", advice: "wait" }]),
    },
  ],
};

async function adviceAt(createdAt: number | undefined | Error, isLocal = false) {
  const settings = async () => {
    if (createdAt instanceof Error) throw createdAt;
    return { createdAt };
  };
  const exam = {
    deployment: { project: "p", isLocal },
    bucket: { settings },
    now: () => NOW,
  } as unknown as Exam;
  const advice: (string | undefined)[] = [];
  for await (const { findings } of examine([check], exam, new AbortController().signal))
    advice.push(...findings.map((finding) => finding.advice));
  return advice;
}

test("what is refused or broken minutes after a deployment may still be propagating", async () => {
  expect(await adviceAt(NOW - 4 * MINUTE_MS)).toEqual([
    "the deployment is new and may still be propagating: try again in 8 min; if it stays: you lack the right to look: roles/viewer on the project p has it",
    "the deployment is new and may still be propagating: try again in 8 min",
    "wait",
  ]);
});

test.each([
  ["an older deployment", NOW - 12 * MINUTE_MS, false],
  ["one whose age nobody tells", undefined, false],
  ["one whose bucket may not be looked at", new Error("403"), false],
  ["the local cloud", NOW, true],
] as const)("%s is told as it is", async (_, createdAt, isLocal) => {
  expect((await adviceAt(createdAt, isLocal)).join()).not.toContain("propagating");
});
