/** What a person sees of an apply. The messages are recorded from Terraform 1.11.4, their times are set. */
import { expect, test } from "vitest";
import { changeOf, errorOf, type Message, parseMessage } from "#infra/gcp/deploy/messages.ts";
import { reportProgress } from "#infra/gcp/deploy/progress.ts";

const hook = (type: string, addr: string, second: number, more: object = {}) =>
  JSON.stringify({
    "@level": "info",
    "@message": `${addr}: …`,
    "@module": "terraform.ui",
    "@timestamp": `2026-11-30T08:57:${String(second).padStart(2, "0")}.873956Z`,
    hook: {
      resource: { addr, module: "", resource: addr, implied_provider: "google", resource_key: null },
      action: "create",
      ...more,
    },
    type,
  });

test("at most every ten seconds it says how many are done, and what it waits for longest", () => {
  const said: string[] = [];
  const changes = ["a", "b", "c"].map((name) => ({ address: `google_x.${name}`, action: "create" as const }));
  const progress = reportProgress(changes, (line) => said.push(line));
  const lines = [
    hook("apply_start", "google_x.a", 0),
    hook("apply_start", "google_x.b", 1),
    hook("apply_complete", "google_x.a", 2),
    hook("apply_progress", "google_x.b", 11, { elapsed_seconds: 10 }),
    hook("apply_start", "google_x.c", 12),
    hook("apply_complete", "google_x.b", 13),
    hook("apply_complete", "google_x.c", 14),
  ];
  for (const line of lines) progress.take(parseMessage(line) as Message);
  expect(said).toEqual(["  1 of 3 done; waiting for google_x.b (10 s)", "  3 of 3 done"]);
});

test("the first half of a replacement is no progress", () => {
  const progress = reportProgress([{ address: "google_x.a", action: "replace" }], () => {});
  progress.take(parseMessage(hook("apply_complete", "google_x.a", 0, { action: "delete" })) as Message);
  expect(progress.done()).toBe(0);
  progress.take(parseMessage(hook("apply_complete", "google_x.a", 1)) as Message);
  expect(progress.done()).toBe(1);
});

test("an import is one, whatever else is changed with it; what is read or moved is no change", () => {
  const planned = (change: object) =>
    changeOf({ "@message": "", "@timestamp": "", type: "planned_change", ...parse(change) });
  const parse = (change: object) => ({
    change: { resource: { addr: "google_x.a" }, action: "noop", ...change },
  });
  expect(planned({ importing: { id: "1" }, action: "update" })?.action).toBe("import");
  expect(planned({ action: "replace" })?.action).toBe("replace");
  expect(planned({ action: "read" })).toBeUndefined();
  expect(planned({ action: "noop" })).toBeUndefined();
});

test("an error is its summary and its detail; a warning is none", () => {
  const line = (severity: string) =>
    `{"@level":"error","@message":"Error: local-exec provisioner error","@module":"terraform.ui","@timestamp":"2026-11-30T08:57:24.652439Z","diagnostic":{"severity":"${severity}","summary":"local-exec provisioner error","detail":"exit status 1. Output: no\\n","address":"terraform_data.c"},"type":"diagnostic"}`;
  expect(errorOf(parseMessage(line("error")) as Message)).toEqual({
    text: "local-exec provisioner error\nexit status 1. Output: no",
    address: "terraform_data.c",
  });
  expect(errorOf(parseMessage(line("warning")) as Message)).toBeUndefined();
  expect(parseMessage("panic: runtime error")).toBeUndefined();
});

test("a line that is none of Terraform's messages is none, whatever it begins with", () => {
  for (const line of ["", "panic: runtime error", "{0xc000123456 map[]}", "{}", '"text"'])
    expect(parseMessage(line), line).toBeUndefined();
});
