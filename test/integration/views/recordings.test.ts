/** Recordings of real clients, played as the events of each registry: alone, woven into each other, in any order of arrival. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EventWarehouse, startEventWarehouse } from "#test/support/event-warehouse.ts";
import { REGISTRIES, type Recording, readRecordings, requestsOf } from "#test/support/recordings.ts";
import { seededRandom, shuffled } from "#test/support/seeded.ts";

const RECORDINGS = readRecordings();
const START = Date.UTC(2026, 10, 20, 10);
/** Copies of one recording begin within this time, in milliseconds. */
const WEAVE_MS = 3000;
const SEED = Number(process.env["SEED"] ?? Date.now() % 1e9);

/**
 * Registries that report neither client nor layers cannot tell these apart (docs/use/questions.md):
 * both reads of `cosign verify` are downloads, and Docker's tags are digests of one repository.
 */
const UNTELLABLE: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  harbor: { "cosign-verify-tag": 2, "cosign-verify-unsigned": 2, "docker-all-tags": 1 },
  msr: { "cosign-verify-tag": 2, "cosign-verify-unsigned": 2, "docker-all-tags": 1 },
};

let warehouse: EventWarehouse;

beforeAll(async () => {
  warehouse = await startEventWarehouse();
}, 60_000);
afterAll(() => warehouse.close());

/** Pulls that may be counted for one run of the recording. */
function truth(recording: Recording, registry: string): { from: number; to: number } {
  const counts = recording.accept ?? [recording.pulls ?? Number.NaN];
  const count = UNTELLABLE[registry]?.[recording.scenario];
  return count === undefined
    ? { from: Math.min(...counts), to: Math.max(...counts) }
    : { from: count, to: count };
}

/** Plays every recording `copies` times, each into repositories of its own; answers pulls by scenario. */
async function play(registry: string, copies: number): Promise<ReadonlyMap<string, number>> {
  const random = seededRandom(SEED);
  const post = REGISTRIES[registry];
  if (post === undefined) throw new Error(`there is no registry ${registry}`);
  const events = RECORDINGS.flatMap((recording) =>
    Array.from({ length: copies }, () => {
      const at = START + Math.floor(copies === 1 ? 0 : random() * WEAVE_MS);
      return requestsOf(recording, `team/${recording.scenario}`, at).flatMap(post);
    }).flat(),
  );
  await warehouse.refill(shuffled(events, random));
  const rows = await warehouse.ask(
    `SELECT SPLIT(repository, '/')[OFFSET(1)] AS scenario, COUNTIF(outcome = 'pull') AS pulls
     FROM logical_pulls GROUP BY scenario`,
  );
  return new Map(rows.map(({ scenario, pulls }) => [scenario as string, pulls as number]));
}

test("there are recordings", () => {
  expect(RECORDINGS.length).toBe(49);
});

describe.each(Object.keys(REGISTRIES))("as events of %s", (registry) => {
  test.each([1, 2, 6, 50])(
    "%i at once are as many pulls as people made",
    async (copies) => {
      const counted = await play(registry, copies);
      const wrong = RECORDINGS.flatMap((recording) => {
        const { from, to } = truth(recording, registry);
        const pulls = counted.get(recording.scenario) ?? 0;
        const right = from * copies <= pulls && pulls <= to * copies;
        return right ? [] : [`${recording.scenario}: ${pulls}, not ${from * copies} to ${to * copies}`];
      });
      expect(wrong, `SEED=${SEED}`).toEqual([]);
    },
    120_000,
  );
});
