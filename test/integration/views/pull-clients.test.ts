/** Every family of clients on every registry that reports pulls: alone, from many nodes at once, and among nine others. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Asker, ask, CLIENTS, type Client } from "#test/support/clients.ts";
import { type EventWarehouse, type HandMade, startEventWarehouse } from "#test/support/event-warehouse.ts";
import { REGISTRIES } from "#test/support/recordings.ts";
import { seededRandom, shuffled } from "#test/support/seeded.ts";

const START = Date.UTC(2026, 10, 20, 10);
const SEED = Number(process.env["SEED"] ?? Date.now() % 1e9);
/** Registries that report the client tell programs of one account apart. */
const TELLS_CLIENTS = new Set(["chainguard", "distribution"]);

let warehouse: EventWarehouse;

beforeAll(async () => {
  warehouse = await startEventWarehouse();
}, 60_000);
afterAll(() => warehouse.close());

const repositoryOf = (index: number) => `team/image-${index}`;

/** `nodes` pulls behind one address with one account, begun within two seconds. */
function pulled(
  client: Client,
  registry: string,
  nodes: number,
  asker: Asker,
  random: () => number,
): HandMade[] {
  const post = REGISTRIES[registry];
  if (post === undefined) throw new Error(`there is no registry ${registry}`);
  return Array.from({ length: nodes }, () =>
    ask(client.steps, START + Math.floor(random() * 2000), client.agent, asker).flatMap(post),
  ).flat();
}

/** Pulls of the account `who` by repository. */
async function counted(who: string | null): Promise<ReadonlyMap<string, number>> {
  const rows = await warehouse.ask(
    `SELECT repository, COUNTIF(outcome = 'pull') AS pulls FROM logical_pulls
     WHERE ${who === null ? "identity IS NULL" : `identity = '${who}'`} GROUP BY repository`,
  );
  return new Map(rows.map(({ repository, pulls }) => [repository as string, pulls as number]));
}

const truth = ({ pulls, untellable }: Client, registry: string, nodes: number) =>
  (untellable?.[registry] ?? pulls) * nodes;

function wrong(counts: ReadonlyMap<string, number>, registry: string, nodes: number): string[] {
  return CLIENTS.flatMap((client, index) => {
    const pulls = counts.get(repositoryOf(index)) ?? 0;
    const right = truth(client, registry, nodes);
    return pulls === right ? [] : [`${client.name}: ${pulls}, not ${right}`];
  });
}

describe.each(Object.keys(REGISTRIES))("on %s", (registry) => {
  test.each([1, 2, 50])(
    "%i at once",
    async (nodes) => {
      const random = seededRandom(SEED);
      const events = CLIENTS.flatMap((client, index) =>
        pulled(
          client,
          registry,
          nodes,
          { who: "ci", address: "203.0.113.9", repository: repositoryOf(index) },
          random,
        ),
      );
      await warehouse.refill(shuffled(events, random));
      expect(wrong(await counted("ci"), registry, nodes), `SEED=${SEED}`).toEqual([]);
    },
    120_000,
  );

  test.each([1, 2, 50])(
    "%i at once, among nine others in the same repository",
    async (nodes) => {
      const random = seededRandom(SEED);
      const events = CLIENTS.flatMap((client, index) => {
        const repository = repositoryOf(index);
        const others = CLIENTS.filter(({ agent }) => agent !== client.agent).slice(0, 9);
        return [
          ...pulled(client, registry, nodes, { who: "ci", address: "203.0.113.9", repository }, random),
          ...others.flatMap((other, number) =>
            pulled(
              other,
              registry,
              1,
              { who: `other-${number}`, address: "203.0.113.9", repository },
              random,
            ),
          ),
        ];
      });
      await warehouse.refill(shuffled(events, random));
      expect(wrong(await counted("ci"), registry, nodes), `SEED=${SEED}`).toEqual([]);
    },
    120_000,
  );

  test("two at once without an account, from one address and from two", async () => {
    const random = seededRandom(SEED);
    const events = CLIENTS.flatMap((client, index) =>
      ["203.0.113.9", "203.0.113.9", "203.0.113.10"].flatMap((address) =>
        pulled(client, registry, 1, { who: "", address, repository: repositoryOf(index) }, random),
      ),
    );
    await warehouse.refill(shuffled(events, random));
    expect(wrong(await counted(null), registry, 3), `SEED=${SEED}`).toEqual([]);
  }, 60_000);

  test.runIf(TELLS_CLIENTS.has(registry))(
    "all programs of one account in one repository",
    async () => {
      const random = seededRandom(SEED);
      const asker = { who: "ci", address: "203.0.113.9", repository: repositoryOf(0) };
      // Two steps of CLIENTS with one agent would be one client.
      const clients = [...new Map(CLIENTS.map((client) => [client.agent, client])).values()];
      await warehouse.refill(
        shuffled(
          clients.flatMap((client) => pulled(client, registry, 6, asker, random)),
          random,
        ),
      );
      const right = clients.reduce((sum, client) => sum + truth(client, registry, 6), 0);
      expect((await counted("ci")).get(repositoryOf(0)), `SEED=${SEED}`).toBe(right);
    },
    60_000,
  );
});
