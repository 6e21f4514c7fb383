/** A sender speaks only for itself: every sender posts every other sender's types, and no such row reaches their tables. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toRow } from "#services/shared/row/row.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { FOREIGN_TYPE, ownerOf, type SenderId, TYPE_PREFIXES } from "#services/shared/type-owners.ts";
import { startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { eventAt, PULL, startReceiver, type TestReceiver } from "#test/support/receiver.ts";

const VALUE = "Bearer a-value-for-tests";
const MSR_SECRET = "a-secret-for-the-tests";
const PATHS: Readonly<Record<SenderId, string>> = {
  chainguard: "/",
  zot: "/zot",
  msr: `/msr/${MSR_SECRET}`,
  harbor: "/harbor",
  distribution: "/distribution",
};
const SENDERS = Object.keys(PATHS) as SenderId[];
const registry = loadRegistry();
const TYPES = [...registry.tables.keys()].filter((type) => registry.find(type) !== undefined);

let issuer: TestIssuer;
let receiver: TestReceiver;
beforeAll(async () => {
  issuer = await startTestIssuer();
  const env = {
    ZOT_TOKENS: VALUE.slice("Bearer ".length),
    MSR_SECRETS: MSR_SECRET,
    HARBOR_AUTHORIZATION: VALUE,
    DISTRIBUTION_AUTHORIZATION: VALUE,
    ZOT_TYPES: "dev.example.zot.",
  };
  receiver = await startReceiver({ issuer, env });
});
afterAll(async () => {
  await receiver.stop();
  await issuer.close();
});

type Mode = "binary" | "structured" | "batched";
const MODES: readonly Mode[] = ["binary", "structured", "batched"];

/** Posts the seed's pull under a type; the id is what is found again. */
async function post(sender: SenderId, type: string, mode: Mode, id: string): Promise<number> {
  const attributes = { specversion: "1.0", id, source: "cgr.dev", type };
  const event = `${JSON.stringify(attributes).slice(0, -1)},"data":${PULL.toString()}}`;
  const body = mode === "binary" ? PULL : Buffer.from(mode === "structured" ? event : `[${event}]`);
  const own = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]));
  const headers = {
    binary: { ...own, "content-type": "application/json" },
    structured: { "content-type": "application/cloudevents+json" },
    batched: { "content-type": "application/cloudevents-batch+json" },
  }[mode];
  const authorization = sender === "chainguard" ? `Bearer ${await issuer.token(body)}` : VALUE;
  return (await receiver.post(body, { ...headers, authorization }, PATHS[sender])).status;
}

/** What the batcher makes of the last message. */
function lastRow() {
  const { event, receipt } = eventAt(receiver, -1);
  const { table, line } = toRow(registry, event, receipt);
  return { table: table.table, row: JSON.parse(line) as Record<string, unknown> };
}

const pairs = SENDERS.flatMap((sender) =>
  TYPES.map((type) => ({ sender, type })).filter(({ type }) => ownerOf(type) !== sender),
);

test("there is a pair of every two senders", () => {
  const seen = new Set(pairs.map(({ sender, type }) => `${sender} ${ownerOf(type)}`));
  expect(seen.size).toBe(SENDERS.length * (SENDERS.length - 1));
});

describe.each(SENDERS)("%s", (sender) => {
  test("reaches no other sender's table, in any mode", async () => {
    for (const { type } of pairs.filter((pair) => pair.sender === sender)) {
      for (const mode of MODES) {
        const published = receiver.published.length;
        const status = await post(sender, type, mode, `${sender} ${type} ${mode}`);
        const rows = receiver.published.slice(published).map((_, index) => {
          const { event, receipt } = eventAt(receiver, published + index);
          return toRow(registry, event, receipt);
        });
        // What is no event of the sender's own format has no id; Distribution's batch and MSR's JSON are such.
        expect(status, `${type} ${mode}`).toBe(202);
        expect(rows.length, `${type} ${mode}`).toBeGreaterThan(0);
        for (const { table, line } of rows) {
          const { source, reasons } = JSON.parse(line) as Record<string, unknown>;
          expect([table.table, source], `${type} ${mode}`).toEqual(["rejected_events", sender]);
          expect(reasons, `${type} ${mode}`).toHaveLength(1);
        }
      }
    }
  });
});

test.each(["chainguard", "zot"] as const)(
  "%s: the row says why, and keeps what was posted",
  async (sender) => {
    const type = sender === "zot" ? "dev.chainguard.registry.pull.v1" : "harbor.artifact.pulled";
    await post(sender, type, "binary", "forged");
    expect(lastRow()).toEqual({
      table: "rejected_events",
      row: expect.objectContaining({
        ce_id: "forged",
        ce_source: "cgr.dev",
        ce_type: type,
        source: sender,
        data: PULL.toString(),
        reasons: [{ pointer: "", rule: FOREIGN_TYPE, found: type }],
      }),
    });
  },
);

test.each([
  ["chainguard", "dev.chainguard.api.from.next.year.v1"],
  ["zot", "zotregistry.image.signed"],
  ["zot", "dev.example.zot.scan.v1"],
] as const)("%s: a type of its own that has no schema is unregistered: %s", async (sender, type) => {
  await post(sender, type, "structured", `new ${type}`);
  expect(lastRow().table).toBe("unregistered_events");
});

test.each([
  ["chainguard", "com.example.unknown"],
  ["chainguard", "dev.example.zot.scan.v1"],
  ["zot", "com.example.unknown"],
  ["zot", "zotregistry"],
  ["zot", "ZOTREGISTRY.image.updated"],
] as const)("%s: a type that is not its own is rejected: %s", async (sender, type) => {
  await post(sender, type, "structured", `odd ${type}`);
  expect(lastRow().table).toBe("rejected_events");
});

test("in a batch, each event is judged for itself", async () => {
  const event = (id: string, type: string) => ({ specversion: "1.0", id, source: "s", type, data: {} });
  const events = [
    event("a", "zotregistry.new"),
    event("b", "dev.chainguard.x"),
    event("c", "zotregistry.new"),
  ];
  const published = receiver.published.length;
  const headers = { authorization: VALUE, "content-type": "application/cloudevents-batch+json" };
  expect((await receiver.post(JSON.stringify(events), headers, "/zot")).json).toEqual({ accepted: 3 });
  const tables = events.map((_, index) => {
    const { event: one, receipt } = eventAt(receiver, published + index);
    return toRow(registry, one, receipt).table.table;
  });
  expect(tables).toEqual(["unregistered_events", "rejected_events", "unregistered_events"]);
});

test.each([
  [{ ZOT_TYPES: "dev.chainguard.registry." }, "have types in common"],
  [{ CHAINGUARD_TYPES: "dev.example.", ZOT_TYPES: "dev.example.scan." }, "have types in common"],
  [{ ZOT_TYPES: "dev.example" }, 'ZOT_TYPES is "dev.example", it takes beginnings'],
] as const)("the receiver does not start with %j", async (env, message) => {
  await expect(startReceiver({ issuer, env })).rejects.toThrow(message);
});

test("every sender of the table has an address", () => {
  expect(SENDERS.toSorted()).toEqual(Object.keys(TYPE_PREFIXES).toSorted());
});
