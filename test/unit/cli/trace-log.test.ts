/** The receiver's lines out of its files, and the command that reads them on Google Cloud. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { logCommands } from "#services/cli/trace/log-commands.ts";
import { receiverLines } from "#services/cli/trace/receiver-log.ts";
import { createLog } from "#services/shared/log.ts";

const TRACE = { id: "a".repeat(32), spanId: "b".repeat(16), sampled: true };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pullhouse-logs-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(file: string, work: (log: ReturnType<typeof createLog>) => void): void {
  let text = "";
  work(
    createLog("receiver", "DEBUG", {
      project: "p",
      write: (line) => {
        text += line;
      },
    }),
  );
  writeFileSync(join(folder, file), text);
}

test("a folder without the receiver's log has nothing to say", async () => {
  expect(await receiverLines(folder, { ceId: "a" })).toBeUndefined();
  expect(await receiverLines(join(folder, "none"), { ceId: "a" })).toBeUndefined();
});

test("the answers for an event or a trace are found in this run's log and in the one before", async () => {
  const line = { status: 202, ceId: "a", type: "t", messageId: "1" };
  write("receiver.log.1", (log) => log.info("accepted", { ...line, trace: TRACE }));
  write("receiver.log", (log) => {
    log.info("accepted", { ...line, messageId: "2" });
    log.info("accepted", { ...line, ceId: "another" });
    log.info("accepted", { status: 202, messages: 3, trace: TRACE });
    log.error("not published", { code: "QUEUE_UNAVAILABLE", reason: "about a", trace: TRACE });
    log.warn("refused", { status: 401, code: "no-token", trace: TRACE });
  });
  writeFileSync(join(folder, "receiver.log"), 'no JSON of "a"\n', { flag: "a" });
  const found = { ...line, traceId: TRACE.id };
  expect(await receiverLines(folder, { ceId: "a" })).toEqual([found, { ...line, messageId: "2" }]);
  expect(await receiverLines(folder, { traceId: TRACE.id })).toEqual([
    found,
    { status: 401, code: "no-token", traceId: TRACE.id },
  ]);
});

test.each(["a", "it's", '"quoted" \\ and $HOME `id`', "a\nb"])(
  "a shell passes the filter for the id %j to gcloud as it is",
  (id) => {
    const [command = ""] = logCommands("my-project", { ceId: id }, [], Date.UTC(2026, 10, 20));
    const filter = execFileSync("sh", ["-c", `gcloud() { printf %s "$3"; }; ${command}`], {
      encoding: "utf8",
    });
    const value = JSON.stringify(id);
    expect(filter).toBe(
      `resource.type="cloud_run_revision" AND jsonPayload.ceId=${value} AND timestamp>="2026-11-20T00:00:00.000Z"`,
    );
    expect(command).toContain("--project=my-project");
  },
);

test("each step of the way has its command, and none comes twice", () => {
  const object = {
    name: "events/t/dt=2026-11-21/x.ndjson.gz",
    generation: "1",
    bytes: 1,
    rows: 2,
    mark: "gone",
  } as const;
  const load = { plan: "01jd", loadJobs: [] };
  const chain = { ceId: "a", traceId: TRACE.id, object, load, end: "row" } as const;
  const commands = logCommands("p", { ceId: "a" }, [chain, { ...chain, ceId: "b" }], 0);
  const filters = commands.map((command) => / AND (.*) AND timestamp/.exec(command)?.[1]);
  expect(filters).toEqual([
    'jsonPayload.ceId="a"',
    `trace="projects/p/traces/${TRACE.id}"`,
    `jsonPayload.object="${object.name}"`,
    'jsonPayload.plan="01jd"',
  ]);
});
