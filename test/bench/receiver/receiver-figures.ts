/** Which of the receiver's samples stand beside which. */
import { type Figure, figure, group, type Series } from "../measure.ts";
import type { OpensslSpeed } from "./openssl-speed.ts";
import type { Sample } from "./processes.ts";

export const ALGORITHMS = ["RS256", "ES256"] as const;
type Algorithm = (typeof ALGORITHMS)[number];

type Served = "bare" | "barePublish" | "hono" | `receiver${Algorithm}` | `client${Algorithm}`;
type Alone = "publish" | `verify${Algorithm}`;

export type Measured = Readonly<Record<Served, readonly Sample[]>> &
  Readonly<Record<Alone, readonly Pick<Sample, "rate" | "cpu">[]>>;

/** Between what an event costs in all and what its parts cost alone. */
const GOAL = { atMost: 1.25 };

export function receiverFigures(measured: Measured, openssl: OpensslSpeed): Figure[] {
  const of = (what: string, name: Served | Alone, value: "rate" | "cpu"): Series => ({
    what,
    samples: measured[name].map((sample) => sample[value]),
  });
  const wait = (what: string, name: Served, value: "p50" | "p99"): Series => ({
    what,
    samples: measured[name].map((sample) => sample[value]),
  });
  const bareRate = of("bare http", "bare", "rate");
  const bareCpu = of("bare http", "bare", "cpu");
  const publishCpu = of("publish", "publish", "cpu");
  const later = "bare http after 2 ms";

  const ofEvents = (algorithm: Algorithm, kind: "receiver" | "client"): Figure[] => {
    const name = `${kind}${algorithm}` as const;
    const verifyCpu = of("verify", `verify${algorithm}`, "cpu");
    const parts = kind === "receiver" ? [bareCpu, verifyCpu] : [bareCpu, verifyCpu, publishCpu];
    const publisher = kind === "receiver" ? "a publisher of 2 ms" : "the official client";
    return group(
      figure("1/s", of(`receiver, ${algorithm}, ${publisher}`, name, "rate"), bareRate),
      figure("ms", wait("p50", name, "p50"), wait(later, "barePublish", "p50")),
      figure("ms", wait("p99", name, "p99"), wait(later, "barePublish", "p99")),
      figure("µs", of("processor per event", name, "cpu"), sum(parts), GOAL),
    );
  };
  const besideOpenssl = (algorithm: Algorithm): Figure[] => {
    if (openssl.outcome === "not shown") return [];
    const speed = { what: "openssl speed", samples: measured.bare.map(() => openssl.rates[algorithm]) };
    return [
      figure("1/s", of(`verify ${algorithm} alone`, `verify${algorithm}`, "rate"), speed),
      figure("1/s", of(`receiver, ${algorithm}`, `receiver${algorithm}`, "rate"), speed),
    ];
  };
  return [
    ...group(
      figure("1/s", of("hono alone", "hono", "rate"), bareRate),
      figure("µs", of("processor per request", "hono", "cpu"), bareCpu),
    ),
    ...group(
      figure("1/s", of(later, "barePublish", "rate"), bareRate),
      figure("µs", of("processor per request", "barePublish", "cpu"), bareCpu),
    ),
    figure("µs", { ...publishCpu, what: "publish alone, processor per message" }, bareCpu),
    ...ALGORITHMS.flatMap((algorithm) => [
      figure("µs", of(`verify ${algorithm} alone, one core`, `verify${algorithm}`, "cpu"), bareCpu),
      ...ofEvents(algorithm, "receiver"),
      ...ofEvents(algorithm, "client"),
    ]),
    ...ALGORITHMS.flatMap(besideOpenssl),
  ];
}

function sum(series: readonly Series[]): Series {
  const [first] = series;
  const samples = first?.samples.map((_, round) =>
    series.reduce((total, { samples }) => total + (samples[round] ?? Number.NaN), 0),
  );
  return { what: series.map(({ what }) => what).join(" + "), samples: samples ?? [] };
}
