/** `pullhouse doctor` where there is nothing to examine: no pipeline, no credentials, no such check. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freePorts } from "#test/support/free-ports.ts";
import { pullhouse } from "../cli/run-command.ts";
import type { Report } from "./patient.ts";

test("a part that is gone is unknown and says how to start it", async () => {
  const closed = Object.values(await freePorts())[0];
  const args = ["doctor", "--only", "last-load", "--json"];
  const { status, out } = await pullhouse(args, { BIGQUERY_EMULATOR_HOST: `http://127.0.0.1:${closed}` });
  expect(status).toBe(2);
  expect((JSON.parse(out) as Report).findings).toEqual([
    {
      check: "last-load",
      verdict: "unknown",
      what: "loads",
      found: `connect ECONNREFUSED 127.0.0.1:${closed}`,
      advice: expect.stringContaining("make up"),
    },
  ]);
});

test("without credentials for Google Cloud every part says so, and how to get them", async () => {
  const home = mkdtempSync(join(tmpdir(), "pullhouse-doctor-"));
  const { GOOGLE_APPLICATION_CREDENTIALS: _, ...env } = process.env;
  try {
    const args = [
      "doctor",
      "--project",
      "no-such-project",
      "--bucket",
      "no-such-bucket",
      "--only",
      "alarms",
      "--json",
    ];
    const { status, out, error } = await pullhouse(args, { ...env, HOME: home, CLOUDSDK_CONFIG: home });
    expect(error).toBe("");
    expect(status).toBe(2);
    const { findings } = JSON.parse(out) as Report;
    expect(findings).toHaveLength(4);
    for (const finding of findings)
      expect(finding).toMatchObject({
        verdict: "unknown",
        found: "there are no credentials for Google Cloud",
        advice: "gcloud auth application-default login",
      });
  } finally {
    rmSync(home, { recursive: true });
  }
});

test("a check that does not exist is refused, with the names of those that do", async () => {
  const { status, error } = await pullhouse(["doctor", "--only", "lag,pulse"]);
  expect(status).toBe(2);
  expect(error).toMatch(/There is no check "pulse"; there are configuration, /);
});
