/** How the deploy commands run others, and what one Ctrl-C does to them. */
import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createSystemTools } from "#infra/gcp/deploy/tools.ts";
import { isInstalled } from "#test/support/commands.ts";
import { createSlowRoot } from "#test/support/slow-root.ts";

function toolsWithSignals() {
  const signals = new EventEmitter();
  return { tools: createSystemTools(signals as unknown as NodeJS.Process), signals };
}

test("a command that is not there, one that fails, and one that says something", async () => {
  const { tools } = toolsWithSignals();
  expect(await tools.ask("no-such-command")).toBeUndefined();
  expect(await tools.ask("sh", "-c", "echo no; exit 3")).toBeUndefined();
  expect(await tools.ask("sh", "-c", "echo yes")).toBe("yes");
  await expect(tools.read("sh", "-c", "echo why >&2; exit 3")).rejects.toThrow("why\nsh echo why");
  await expect(tools.show("no-such-command", "apply")).rejects.toThrow(
    "no-such-command apply failed (exit code 127)",
  );
  const lines: string[] = [];
  const code = await tools.stream("sh", ["-c", "echo a; echo b >&2; exit 4"], (line) => lines.push(line));
  expect(code).toBe(4);
  expect(lines.toSorted()).toEqual(["a", "b"]);
});

test("one Ctrl-C is one interrupt for what runs and for what that started, which may finish", async () => {
  const { tools, signals } = toolsWithSignals();
  const lines: string[] = [];
  const script = `trap 'echo parent interrupted; kill $child' INT
    sh -c "trap 'echo child interrupted' INT; while :; do sleep 0.05; done" & child=$!
    echo ready; wait $child; wait $child; echo finished`;
  const code = await tools.stream("sh", ["-c", script], (line) => {
    lines.push(line);
    if (line === "ready") signals.emit("SIGINT");
  });
  expect(code).toBe(0);
  expect(lines.filter((line) => line === "parent interrupted")).toHaveLength(1);
  // The shell tells of the child's end on its other output, before or after.
  expect(lines).toContain("finished");
  expect(tools.interrupted.aborted).toBe(true);
  // A wait ends, and none begins.
  await tools.pause(600_000);
});

test("Terraform is interrupted alone, as an interrupt of its group may count as two while it starts a process", async () => {
  const { tools, signals } = toolsWithSignals();
  const folder = mkdtempSync(join(tmpdir(), "pullhouse-tools-"));
  const terraform = join(folder, "terraform");
  const child = `process.on("SIGINT", () => console.log("child interrupted")).on("SIGTERM", () => process.exit());
    setInterval(() => {}, 1_000);
    console.log("ready");`;
  const script = `#!${process.execPath}
    const child = require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}], { stdio: "inherit" });
    child.on("exit", () => console.log("finished"));
    process.on("SIGINT", () => { console.log("parent interrupted"); child.kill(); });`;
  writeFileSync(terraform, script, { mode: 0o755 });
  const lines: string[] = [];
  const code = await tools.stream(terraform, ["apply"], (line) => {
    lines.push(line);
    if (line === "ready") signals.emit("SIGINT");
  });
  rmSync(folder, { recursive: true });
  expect(code).toBe(0);
  expect(lines).toContain("parent interrupted");
  expect(lines).toContain("finished");
  expect(lines).not.toContain("child interrupted");
});

test("a wait ends when the run is interrupted", async () => {
  const { tools, signals } = toolsWithSignals();
  let isOver = false;
  const waiting = tools.pause(600_000).then(() => (isOver = true));
  expect(isOver).toBe(false);
  signals.emit("SIGTERM");
  await waiting;
  expect(isOver).toBe(true);
});

test.skipIf(!isInstalled("terraform"))(
  "Terraform stops after one interrupt and keeps what it has done (skipped where it is not installed)",
  async () => {
    const { tools, signals } = toolsWithSignals();
    const root = createSlowRoot();
    try {
      await tools.read("terraform", `-chdir=${root.folder}`, "init", "-input=false");
      const lines: string[] = [];
      const apply = [`-chdir=${root.folder}`, "apply", "-auto-approve", "-json"];
      const code = await tools.stream("terraform", apply, (line) => {
        lines.push(line);
        if (line.includes('"provision_start"')) signals.emit("SIGINT");
      });
      expect(code).toBe(1);
      expect(lines.join("\n")).toContain("Gracefully shutting down");
      expect(lines.join("\n")).not.toContain("Two interrupts received");
      expect(root.addresses()).toEqual(["terraform_data.quick", "terraform_data.slow"]);
    } finally {
      root.remove();
    }
  },
);
