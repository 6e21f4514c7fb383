/** Whatever was asked for, whatever days are rolled up, and wherever a question begins and ends: it has one answer. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadQuestions } from "#services/cli/ask/questions.ts";
import { dayOf } from "#services/shared/rollup/bounded.ts";
import { ask, CLIENTS } from "#test/support/clients.ts";
import { type EventWarehouse, type HandMade, startEventWarehouse } from "#test/support/event-warehouse.ts";
import { REGISTRIES } from "#test/support/recordings.ts";
import { seededRandom } from "#test/support/seeded.ts";
import { push } from "../questions/case.ts";

const SEED = Number(process.env["SEED"] ?? Date.now() % 1e9);
const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 10, 14);
const DAYS = 6;
const CLIENTS_EACH = 25;

let warehouse: EventWarehouse;
const random = seededRandom(SEED);
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

beforeAll(async () => {
  warehouse = await startEventWarehouse();
}, 60_000);
afterAll(() => warehouse.close());

/** Half of them around midnight. */
function moment(): number {
  const day = START + Math.floor(random() * DAYS) * DAY_MS;
  return Math.floor(day + (random() < 0.5 ? random() * DAY_MS : (random() - 0.5) * 5000));
}

function pulls(registry: string): HandMade[] {
  const post = REGISTRIES[registry] ?? (() => []);
  return Array.from({ length: CLIENTS_EACH }, () => {
    const client = pick(CLIENTS);
    const asker = {
      who: pick(["ada", "bob", ""]),
      address: pick(["192.0.2.1", "192.0.2.2"]),
      repository: pick(["team/a", "team/b"]),
    };
    const events = ask(client.steps, moment(), client.agent, asker).flatMap(post);
    // Some senders give no time.
    return random() < 0.9 ? events : events.map(untimed);
  }).flat();
}

function untimed(event: HandMade): HandMade {
  return Object.fromEntries(Object.entries(event).filter(([name]) => name !== "time")) as unknown as HandMade;
}

const pushes = (): HandMade[] =>
  Array.from({ length: 40 }, () =>
    push({
      time: new Date(moment()).toISOString().replace(/\.\d+Z$/, "Z"),
      image: pick(["team/a", "team/b"]),
      tag: pick(["1.0", "latest"]),
      digest: `sha256:${pick(["a", "b", "c"])}`,
    }),
  );

const OPTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "tag-history": { image: "team/a", tag: "1.0" },
  latest: { tag: "1.0" },
};

test(`every question, SEED=${SEED}`, { timeout: 300_000 }, async () => {
  await warehouse.refill([...Object.keys(REGISTRIES).flatMap(pulls), ...pushes()]);
  await warehouse.rollUp({ from: START - DAY_MS, to: START + (DAYS + 1) * DAY_MS });
  const now = START + DAYS * DAY_MS + Math.floor(random() * DAY_MS);
  const days = Array.from({ length: DAYS + 2 }, (_, index) => dayOf(START + (index - 1) * DAY_MS));
  const rolledUp = new Set(days.filter(() => random() < 0.6));
  const since = pick(["2d", "4d", "60h", new Date(START + 2.3 * DAY_MS).toISOString()]);
  const until = pick(["now", "today", new Date(now - 0.4 * DAY_MS).toISOString()]);
  const about = `SEED=${SEED} since ${since} until ${until} with ${[...rolledUp].join(" ")}`;
  let answered = 0;
  for (const question of loadQuestions()) {
    const options = { since, until, ...OPTIONS[question.name] };
    const fromEvents = await warehouse.answer(question, options, now);
    const fromRollups = await warehouse.answer(question, options, now, rolledUp);
    expect(fromRollups, `${question.name}, ${about}`).toEqual(fromEvents);
    answered += fromEvents.length;
  }
  expect(answered).toBeGreaterThan(50);
});
