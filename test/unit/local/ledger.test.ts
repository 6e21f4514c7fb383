/** The demo's judge: it must be able to say no. */
import { expect, test } from "vitest";
import { Ledger } from "#infra/local/demo/ledger.ts";
import { faultsOf } from "#infra/local/demo/report.ts";
import { Tally } from "#services/cli/send/tally.ts";

async function* rows(...ids: string[]) {
  yield* ids;
}

/** Three events, each accepted. */
function ledgerOfThree(): Ledger {
  const ledger = new Ledger(3);
  for (const [place, id] of ["a", "b", "c"].entries()) {
    ledger.posted(id, place, 1_000 + place);
    ledger.wasAccepted(place);
  }
  return ledger;
}

test("one row for each accepted event is no fault", async () => {
  const verdict = await ledgerOfThree().judge(rows("c", "a", "b"));
  expect(verdict).toEqual({ missing: [], doubled: [], unexpected: [], rows: 3 });
  expect(faultsOf(new Tally(), verdict)).toEqual([]);
});

test("a missing row, a second row and a row that nobody sent are each named", async () => {
  const verdict = await ledgerOfThree().judge(rows("a", "a", "b", "x"));
  expect(verdict).toEqual({ missing: ["c"], doubled: ["a"], unexpected: ["x"], rows: 4 });
  expect(faultsOf(new Tally(), verdict)).toEqual([
    "1 accepted events have no row: c",
    "1 rows are there more than once: a",
    "1 rows have an id that nobody sent: x",
  ]);
});

test("an event that was not accepted may have a row or none", async () => {
  const ledger = new Ledger(2);
  ledger.posted("a", 0, 0);
  ledger.posted("b", 1, 0);
  ledger.wasAccepted(0);
  expect((await ledger.judge(rows("a"))).missing).toEqual([]);
  expect((await ledger.judge(rows("a", "b"))).unexpected).toEqual([]);
});

test("a request that was not accepted is a fault, with its reason", async () => {
  const tally = new Tally();
  tally.add({ outcome: "accepted", tries: 1 }, 1);
  tally.add({ outcome: "refused", status: 403, reason: "Forbidden" }, 1);
  const faults = faultsOf(tally, await new Ledger(0).judge(rows()));
  expect(faults).toEqual(["1 requests were not accepted:", "  1 x 403 Forbidden"]);
});

test("it is complete when every accepted event was seen; a seen one that was not accepted does not count for it", () => {
  const ledger = ledgerOfThree();
  ledger.isQueryable("a", 2_000);
  ledger.isQueryable("b", 2_000);
  ledger.isQueryable("unknown", 2_000);
  expect(ledger.complete).toBe(false);
  ledger.isQueryable("c", 2_000);
  expect(ledger.complete).toBe(true);
});

test("the time of an event counts from its first POST to when it was first seen", () => {
  const ledger = new Ledger(1);
  ledger.posted("a", 0, 1_000);
  ledger.posted("a", 0, 1_500);
  ledger.isQueryable("a", 3_000);
  ledger.isQueryable("a", 9_000);
  expect(ledger.untilQueryable.count).toBe(1);
  expect(ledger.untilQueryable.percentile(50)).toBe(2_000);
});
