/** Which of the overload's samples stand beside which. */
import { type Figure, figure, group, type Series } from "../measure.ts";
import type { Sample } from "./processes.ts";

/** How many requests were under way, and where they went. */
export type Overloaded = Readonly<
  Record<"peak" | "room" | "overload" | "barePeak" | "bareOverload", readonly Sample[]>
>;

type Value = "rate" | "cpu" | "p99";

const BYTES_PER_MIB = 2 ** 20;
const PLACES = "with as many as it has places";
const ROOM = "with as many as have room";
const GOAL_ACCEPTED = { atLeast: 0.9 };
const GOAL_MEMORY = { atMost: 1.1 };

export function overloadFigures(measured: Overloaded): Figure[] {
  const of = (what: string, name: keyof Overloaded, value: Value): Series => ({
    what,
    samples: measured[name].map((sample) => sample[value]),
  });
  const besidePlaces = (what: string, value: Value) =>
    [of(what, "overload", value), of(PLACES, "peak", value)] as const;
  const besideRoom = (what: string, value: Value) =>
    [of(what, "overload", value), of(ROOM, "room", value)] as const;
  const bare = (what: string, value: Value) =>
    [of(what, "bareOverload", value), of(PLACES, "barePeak", value)] as const;
  return [
    figure("1/s", ...besidePlaces("accepted", "rate"), GOAL_ACCEPTED),
    figure("1/s", ...besideRoom("accepted, beside a full line", "rate")),
    ...group(
      figure("1/s", ...bare("bare http, as many connections", "rate")),
      figure("µs", ...bare("processor per request", "cpu")),
    ),
    figure("µs", ...besidePlaces("processor per accepted event", "cpu")),
    figure("µs", ...besideRoom("processor per accepted event, beside a full line", "cpu")),
    figure("ms", ...besidePlaces("p99 of all answers", "p99")),
    memory(measured.overload),
    refused(measured.overload),
  ];
}

/** What grows with each round is seen at the end; a median of the rounds would hide half of it. */
function memory(rounds: readonly Sample[]): Figure {
  const mebibytes = (what: string, samples: readonly Sample[]): Series => ({
    what,
    samples: samples.map(({ rss }) => rss / BYTES_PER_MIB),
  });
  const last = mebibytes("memory after the last round", rounds.slice(-1));
  return figure("MiB", last, mebibytes("after the first", rounds.slice(0, 1)), GOAL_MEMORY);
}

function refused(rounds: readonly Sample[]): Figure {
  const shares = rounds.map(({ statuses }) => {
    const all = Object.values(statuses).reduce((sum, count) => sum + count, 0);
    return (100 * (statuses["503"] ?? 0)) / all;
  });
  return figure(
    "%",
    { what: "refused with 503", samples: shares },
    { what: "all requests", samples: shares.map(() => 100) },
  );
}
