/** The names by which the figures of two runs are compared. */
import { expect, test } from "vitest";
import { withIds } from "#test/bench/figure-ids.ts";
import { figure, group } from "#test/bench/measure.ts";

const of = (what: string) => figure("ms", { what, samples: [1] }, { what: "bare", samples: [1] });

test("a member's id begins with its group's", () => {
  const figures = [
    ...group(of("receiver, RS256"), of("p50"), of("processor per event")),
    ...group(of("receiver, ES256"), of("p50")),
    of("publish alone"),
  ];
  expect(withIds(figures).map(({ id }) => id)).toEqual([
    "receiver-rs256",
    "receiver-rs256/p50",
    "receiver-rs256/processor-per-event",
    "receiver-es256",
    "receiver-es256/p50",
    "publish-alone",
  ]);
});

test("one name for two figures makes two ids", () => {
  expect(withIds(group(of("start"), of("unbundled"), of("unbundled"))).map(({ id }) => id)).toEqual([
    "start",
    "start/unbundled",
    "start/unbundled-2",
  ]);
});
