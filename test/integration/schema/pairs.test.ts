/** Two versions of a schema folder side by side: whoever drains, stages and merges, no column's value is lost. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { drain } from "#services/batcher/drain.ts";
import { load } from "#services/loader/load.ts";
import { toMessage } from "#services/shared/message.ts";
import { loadRegistry, type Registry } from "#services/shared/schema/registry.ts";
import {
  drainLimits,
  loadLimits,
  type StandInCloud,
  startStandInCloud,
} from "#test/support/stand-in-cloud.ts";
import { type SchemaFolder, schemaFolder } from "./schema-folder.ts";

const never = new AbortController().signal;
const text = (name: string) => ({ name, type: "STRING", description: "Text." });
type Version = "old" | "new";
const VERSIONS = ["old", "new"] as const;

let cloud: StandInCloud;
let folder: SchemaFolder;
const registries = new Map<string, Registry>();
/** Each case has a type of its own, so that its table is the first version's. */
const CASES = VERSIONS.flatMap((drains) =>
  VERSIONS.flatMap((stages) => VERSIONS.map((merges) => [drains, stages, merges] as const)),
);
const typeOf = (versions: readonly Version[]) => `dev.example.${versions.join("-")}.v1`;
const tableOf = (versions: readonly Version[]) => typeOf(versions).replaceAll(/\W/g, "_");

beforeAll(async () => {
  folder = schemaFolder();
  for (const one of CASES) folder.write(`${typeOf(one)}.json`, [text("image")]);
  registries.set("old", loadRegistry(folder.directory));
  for (const one of CASES) folder.write(`${typeOf(one)}.json`, [text("image"), text("scanner")]);
  registries.set("new", loadRegistry(folder.directory));
  cloud = await startStandInCloud();
});
afterAll(async () => {
  folder.delete();
  await cloud.close();
});

const portsOf = (version: Version) => ({ ...cloud.ports, registry: registries.get(version) as Registry });

async function drained(version: Version, type: string, id: string): Promise<void> {
  const event = { id, source: "s", type, specversion: "1.0", time: "2026-11-20T10:00:00Z", extensions: {} };
  const data = Buffer.from(JSON.stringify({ image: "acme/app", scanner: "grype" }));
  await cloud.publish(
    toMessage({ ...event, data }, { source: "test", receivedAt: Date.UTC(2026, 10, 20, 10) }),
  );
  for (let messages = 0; messages < 1; )
    messages += (await drain(portsOf(version), drainLimits, never)).messages;
}

test.each(CASES)(
  "%s batcher, staged by an %s loader, merged by an %s one",
  async (drains, stages, merges) => {
    const versions = [drains, stages, merges];
    await drained("old", typeOf(versions), "before");
    await load(portsOf("old"), loadLimits, never);

    await drained(drains, typeOf(versions), "event");
    const ports = portsOf(stages);
    const execute = async () => {
      throw new Error("killed before the MERGE");
    };
    const killed = await load({ ...ports, warehouse: { ...ports.warehouse, execute } }, loadLimits, never);
    expect(killed).toMatchObject({ outcome: "partial" });
    while ((await cloud.ports.store.list("pending/", 1)).length > 0)
      expect(await load(portsOf(merges), loadLimits, never)).toMatchObject({ retry: false });

    const rows = await cloud.query<{ scanner?: string | null; extra: string | null }>(
      `SELECT * FROM ${tableOf(versions)} WHERE ce_id = 'event'`,
    );
    const values = rows.map(({ scanner, extra }) => scanner ?? (JSON.parse(extra ?? "{}") as object));
    expect(values).toEqual([drains === "new" ? "grype" : { scanner: "grype" }]);
    expect(await cloud.ports.store.list("quarantine/", 1)).toEqual([]);
  },
);
