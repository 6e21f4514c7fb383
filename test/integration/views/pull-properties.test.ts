/** What holds of pulls whatever is asked for: random requests, their seed printed. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, CLIENTS } from "#test/support/clients.ts";
import { type EventWarehouse, type HandMade, startEventWarehouse } from "#test/support/event-warehouse.ts";
import { REGISTRIES } from "#test/support/recordings.ts";
import { seededRandom, shuffled } from "#test/support/seeded.ts";

const SEED = Number(process.env["SEED"] ?? Date.now() % 1e9);
const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 10, 18);
const DAYS = 3;

let warehouse: EventWarehouse;

beforeAll(async () => {
  warehouse = await startEventWarehouse();
}, 60_000);
afterAll(() => warehouse.close());

/** Pulls of `who`, half of them around midnight, from one of two addresses and of one of two repositories. */
function requests(who: string, registry: string, random: () => number): HandMade[] {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const post = REGISTRIES[registry] ?? (() => []);
  return Array.from({ length: 60 }, () => {
    const client = pick(CLIENTS);
    const day = START + Math.floor(random() * DAYS) * DAY_MS;
    const at = day + (random() < 0.5 ? random() * DAY_MS : (random() - 0.5) * 5000);
    const asker = {
      who,
      address: pick(["192.0.2.1", "192.0.2.2"]),
      repository: pick(["team/a", "team/b"]),
    };
    return ask(client.steps, Math.floor(at), client.agent, asker).flatMap(post);
  }).flat();
}

/** Every row of `who`, as text. */
async function rowsOf(who: string): Promise<readonly string[]> {
  const rows = await warehouse.ask(
    `SELECT TO_JSON_STRING(STRUCT(CAST(day AS STRING) AS day, CAST(started AS STRING) AS started, registry, repository, tag,
       digest, outcome, requests, checks, manifests, blobs, address, user_agent)) AS line
     FROM logical_pulls WHERE identity = '${who}' ORDER BY line`,
  );
  return rows.map(({ line }) => line as string);
}

const all = (who: string, random: () => number) =>
  Object.keys(REGISTRIES).flatMap((registry) => requests(who, registry, random));

test("what others ask for changes nothing, nor does the order of arrival", async () => {
  const random = seededRandom(SEED);
  const own = all("ada", random);
  const numbered = own.map((event, index) => ({ ...event, id: `own-${index}` }));
  await warehouse.refill(numbered);
  const before = await rowsOf("ada");
  expect(before.length).toBeGreaterThan(100);
  const others = [...all("bob", random), ...all("", random), ...all("ada2", random)];
  await warehouse.refill(shuffled([...numbered, ...others], random));
  expect(await rowsOf("ada"), `SEED=${SEED}`).toEqual(before);
}, 60_000);

test("the sum over the days is the sum over the span, and every request is in one row", async () => {
  const random = seededRandom(SEED + 1);
  const events = all("ada", random);
  await warehouse.refill(events);
  const counts = async (condition: string) => {
    const [row] = await warehouse.ask(
      `SELECT COUNTIF(outcome = 'pull') AS pulls, IFNULL(SUM(requests), 0) AS requests FROM logical_pulls WHERE ${condition}`,
    );
    return { pulls: row?.["pulls"] as number, requests: row?.["requests"] as number };
  };
  const whole = await counts("TRUE");
  expect(whole.requests, `SEED=${SEED}`).toBe(events.length);
  const days = [];
  for (let day = -1; day <= DAYS; day++) {
    const [from, to] = [0, 1].map((more) => new Date(START + (day + more) * DAY_MS).toISOString());
    days.push(await counts(`started >= '${from}' AND started < '${to}'`));
  }
  const sum = days.reduce((a, b) => ({ pulls: a.pulls + b.pulls, requests: a.requests + b.requests }));
  expect(sum, `SEED=${SEED}`).toEqual(whole);
}, 60_000);

test("a day is folded from its own events, the last minute before it and the first one after it", async () => {
  const random = seededRandom(SEED + 2);
  const events = all("ada", random).map((event, index) => ({ ...event, id: `own-${index}` }));
  await warehouse.refill(events);
  const day = START + DAY_MS;
  const ofDay = () =>
    warehouse.ask(
      `SELECT ce_id, n, pull, role FROM folded_requests WHERE fold_day = '2026-11-19' ORDER BY ce_id, source_table, n`,
    );
  const before = await ofDay();
  expect(before.length).toBeGreaterThan(100);
  const timeOf = ({ time = "", data }: HandMade) => {
    const { body } = data as { body?: { when?: string } };
    return Date.parse(body?.when === undefined ? time : `${body.when}Z`);
  };
  const near = events.filter((event) => {
    const at = timeOf(event);
    return day - 60_000 <= at && at < day + DAY_MS + 60_000;
  });
  expect(near.length).toBeLessThan(events.length);
  await warehouse.refill(near);
  expect(await ofDay(), `SEED=${SEED}`).toEqual(before);
}, 60_000);
