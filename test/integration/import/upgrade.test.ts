/** An older version took a file's name for the id of its only event: its rows are not doubled. */
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createBatch } from "#services/batcher/batch.ts";
import { pack, write } from "#services/batcher/write.ts";
import { load } from "#services/loader/load.ts";
import { toMessage } from "#services/shared/message.ts";
import { PULL_TYPE } from "#test/support/pull-message.ts";
import { loadLimits, type StandInCloud, startStandInCloud } from "#test/support/stand-in-cloud.ts";
import { pullhouseHere as pullhouse } from "../cli/run-command.ts";

const WRITTEN = new Date("2025-06-01T12:00:00Z");

let cloud: StandInCloud;
let folder: string;
beforeEach(async () => {
  cloud = await startStandInCloud();
  folder = mkdtempSync(join(tmpdir(), "pullhouse-upgrade-"));
});
afterEach(async () => {
  await cloud.close();
  rmSync(folder, { recursive: true, force: true });
});

const data = (tag: string) => JSON.stringify({ body: { tag, when: "2025-05-01T10:00:00" } });

/** As an older version did: written and marked, not loaded yet. */
async function oldImport(id: string, line: string): Promise<void> {
  const batch = createBatch(cloud.ports.registry);
  const event = {
    id,
    source: "cgr.dev",
    type: PULL_TYPE,
    specversion: "1.0",
    time: "2025-05-01T10:00:00Z",
    datacontenttype: "application/json",
    extensions: {},
    data: Buffer.from(line),
  };
  batch.add("", toMessage(event, { source: "import", receivedAt: WRITTEN.getTime() }));
  for (const group of batch.groups.values())
    await write(await pack(group, `import-${id}`, WRITTEN.getTime()), cloud.ports.store);
}

function lines(...all: string[]): void {
  writeFileSync(join(folder, "lines"), all.join("\n"));
  utimesSync(join(folder, "lines"), WRITTEN, WRITTEN);
}

const run = (...args: string[]) => pullhouse(["import", folder, "--type", PULL_TYPE, ...args], cloud.env);

const tags = async () =>
  (
    await cloud.query<{ tag: string }>(
      "SELECT body.tag AS tag FROM dev_chainguard_registry_pull_v1 ORDER BY tag",
    )
  ).map(({ tag }) => tag);

test("what an older version has imported is left out, and what it has lost is new", async () => {
  await oldImport("1746143999000000000", data("kept"));
  await oldImport("1746144179000000000", data("kept"));
  await oldImport("1746144359000000000", "{ no json");
  await load(cloud.ports, loadLimits, new AbortController().signal);
  lines(data("kept"), data("lost"), "{ no json", "{ other");
  const dry = await run("--dry-run");
  expect(dry.out).toContain("2 were imported by an older version under the name of their file: left out");
  const { out } = await run();
  expect(out).toContain("2 were imported by an older version under the name of their file: left out");
  expect(out).toContain("1 rows are new");
  expect(await tags()).toEqual(["kept", "kept", "lost"]);
  const rejected = await cloud.query("SELECT data FROM rejected_events ORDER BY data");
  expect(rejected).toEqual([{ data: "{ no json" }, { data: "{ other" }]);
  const again = await run();
  expect(again.out).toContain("0 rows are new");
  expect(await tags()).toEqual(["kept", "kept", "lost"]);
});

test("what an older version had only marked is loaded first", async () => {
  await oldImport("1746143999000000000", data("kept"));
  lines(data("kept"));
  await run();
  expect(await tags()).toEqual(["kept"]);
});
