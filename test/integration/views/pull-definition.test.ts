/** What a pull is (docs/use/questions.md), row by row: events in, counts out, with several pauses and sizes. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadQuestions } from "#services/cli/ask/questions.ts";
import { allPlatforms, ask } from "#test/support/clients.ts";
import { type EventWarehouse, type HandMade, startEventWarehouse } from "#test/support/event-warehouse.ts";
import { REGISTRIES } from "#test/support/recordings.ts";

const START = Date.UTC(2026, 10, 20, 10);
const ASKER = { who: "ci", address: "203.0.113.9", repository: "team/app" };
const KANIKO = "kaniko/unset go-containerregistry/v0.19.1";
const DOCKER = "docker/27.3.1 go/go1.22.7 os/linux arch/amd64";
const CONTAINERD = "containerd/v1.7.23";
const COSIGN = "cosign/v2.6.5 (linux; amd64)";

type Steps = Parameters<typeof ask>[0];

let warehouse: EventWarehouse;

beforeAll(async () => {
  warehouse = await startEventWarehouse();
}, 60_000);
afterAll(() => warehouse.close());

/** Events of `times` repetitions, `pause` milliseconds apart. */
function repeated(
  registry: string,
  steps: Steps,
  { times, pause, agent = DOCKER }: { times: number; pause: number; agent?: string },
): HandMade[] {
  const post = REGISTRIES[registry];
  if (post === undefined) throw new Error(`there is no registry ${registry}`);
  return Array.from({ length: times }, (_, index) =>
    ask(steps, START + index * pause, agent, ASKER).flatMap(post),
  ).flat();
}

/** Rows by outcome. */
async function outcomes(events: readonly HandMade[]): Promise<Readonly<Record<string, number>>> {
  await warehouse.refill(events);
  const rows = await warehouse.ask("SELECT outcome, COUNT(*) AS n FROM logical_pulls GROUP BY outcome");
  return Object.fromEntries(rows.map(({ outcome, n }) => [outcome as string, n as number]));
}

test.each([5, 15, 30, 35, 40, 90])(
  "Mirantis: one author pulls a tag every %i s for an hour",
  async (pause) => {
    const times = Math.floor(3600 / pause);
    const events = repeated("msr", [{ get: "1.0" }, { get: "@platform" }], { times, pause: pause * 1000 });
    expect(await outcomes(events)).toEqual({ pull: times });
  },
);

test.each([1, 20, 31, 50, 55, 61])("Harbor: a robot gets one digest every %i s", async (pause) => {
  const events = repeated("harbor", [{ get: "@image" }], { times: 40, pause: pause * 1000 });
  expect(await outcomes(events)).toEqual({ pull: 40 });
});

test.each([2, 20, 31, 50, 61])(
  "Harbor: a robot gets an index and a platform of it every %i s",
  async (pause) => {
    const steps = [{ get: "@index" }, { get: "@platform", after: 900 }];
    expect(await outcomes(repeated("harbor", steps, { times: 40, pause: pause * 1000 }))).toEqual({
      pull: 40,
    });
  },
);

test.each([
  [20, 30],
  [20, 1],
  [50, 0.2],
  [7, 100],
])("kaniko by digest, %i jobs %f s apart, behind one address with one token", async (times, pause) => {
  const steps = [{ get: "@image" }, { blob: "config" }, { blob: "layer", after: 700 }];
  for (const registry of ["chainguard", "distribution"])
    expect(await outcomes(repeated(registry, steps, { times, pause: pause * 1000, agent: KANIKO }))).toEqual({
      pull: times,
    });
});

test.each([3, 6, 50])(
  "containerd: %i nodes behind one address ask all at once, step by step",
  async (nodes) => {
    for (const registry of ["chainguard", "distribution"])
      for (const reference of ["1.0", "@index"])
        for (const pause of [0, 3, 50]) {
          const steps = [
            { head: reference },
            { get: "@index", after: 5000 },
            { get: "@platform", after: 5000 },
            { blob: "layer", after: 5000 },
          ];
          const events = repeated(registry, steps, { times: nodes, pause, agent: CONTAINERD });
          expect(await outcomes(events), `${registry} ${reference} ${pause} ms`).toEqual({ pull: nodes });
        }
  },
);

test.each([
  [5, 60],
  [5, 90_000],
  [8, 240_000],
  [2, 5000],
])("skopeo copies %i platforms, %i ms apart", async (platforms, pause) => {
  const agent = "skopeo/1.16.1";
  for (const registry of ["chainguard", "distribution"]) {
    const events = repeated(registry, allPlatforms(platforms, pause), { times: 1, pause: 0, agent });
    expect(await outcomes(events), registry).toEqual({ pull: 1 });
  }
});

test.each([40, 5000])("docker through two addresses, %i ms between its requests", async (after) => {
  const steps = [
    { head: "1.0" },
    { get: "@index" },
    { get: "@platform" },
    { blob: "config" },
    { blob: "layer" },
  ];
  const requests = ask(
    steps.map((step) => ({ ...step, after })),
    START,
    DOCKER,
    ASKER,
  );
  for (const pattern of [0b10101, 0b01010, 0b00100, 0b11100]) {
    const through = requests.map((request, index) => ({
      ...request,
      address: (pattern >> index) & 1 ? "198.51.100.1" : "198.51.100.2",
    }));
    for (const registry of ["chainguard", "distribution"])
      expect(
        await outcomes(through.flatMap((request) => REGISTRIES[registry]?.(request) ?? [])),
        registry,
      ).toEqual({ pull: 1 });
  }
});

test("a layer that is refused fails the pull, one that comes at the second try does not", async () => {
  const pull = (...layers: Steps) =>
    repeated("chainguard", [{ head: "1.0" }, { get: "@index" }, ...layers], { times: 1, pause: 0 });
  expect(await outcomes(pull({ blob: "layer", status: 429 }))).toEqual({ failed: 1 });
  expect(await outcomes(pull({ blob: "layer", status: 429 }, { blob: "layer", after: 2000 }))).toEqual({
    pull: 1,
  });
});

test("five GETs that are refused are five failures, and no download", async () => {
  const events = repeated("chainguard", [{ get: "1.0", status: 429 }], { times: 5, pause: 1000 });
  expect(await outcomes(events)).toEqual({ failed: 5 });
  const [row] = await answer("polling");
  expect(row).toMatchObject({ requests: 5, checks: 0, downloads: 0 });
});

test("what a push asks about layers are checks, there or not", async () => {
  const steps = [
    { head: "", blob: "a" },
    { head: "", blob: "b", status: 404 },
  ];
  for (const registry of ["chainguard", "distribution"])
    expect(await outcomes(repeated(registry, steps, { times: 1, pause: 0 }))).toEqual({ check: 1 });
});

test("a signature beside an image is no pull of the image, nor its absence a failure", async () => {
  const companion = `sha256-${"a".repeat(64)}`;
  const verified = [{ get: "1.0" }, { get: `${companion}.sig` }, { get: `${companion}.att`, status: 404 }];
  for (const agent of [COSIGN, DOCKER, "crane/v0.22.1"]) {
    const events = repeated("chainguard", verified, { times: 1, pause: 0, agent });
    expect(await outcomes(events), agent).toEqual({ pull: 1, signature: 2 });
  }
  expect(await warehouse.ask("SELECT pulls, failures, tags FROM images")).toEqual([
    { pulls: 1, failures: 0, tags: 1 },
  ]);
});

function answer(name: string, options: Readonly<Record<string, string>> = {}) {
  const found = loadQuestions().find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no question ${name}`);
  return warehouse.answer(found, options, Date.UTC(2026, 10, 21));
}

const pulled = (time: string | undefined, body: object): HandMade => ({
  type: "dev.chainguard.registry.pull.v1",
  ...(time === undefined ? {} : { time }),
  data: {
    actor: { subject: "ada" },
    body: {
      repository: "acme/nginx",
      tag: "1",
      digest: "sha256:1",
      method: "GET",
      type: "manifest",
      ...body,
    },
  },
});

test("an error without a status and a code is none", async () => {
  const events = [pulled("2026-11-20T10:00:00Z", { error: { status: 0, code: "", message: "" } })];
  expect(await outcomes(events)).toEqual({ pull: 1 });
});

/** The sum of the days and what one question over all of them says. */
async function pullsOn(days: readonly string[]): Promise<readonly number[]> {
  const counts: number[] = [];
  for (const day of days) {
    const next = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
    const [row] = await answer("summary", { since: `${day}T00:00:00Z`, until: `${next}T00:00:00Z` });
    counts.push(row?.["pulls"] as number);
  }
  return counts;
}

test("a pull at the turn of a day is in the report of exactly one day", async () => {
  await warehouse.refill([pulled("2026-11-19T00:00:00Z", { when: "2026-11-18T23:59:59.900000" })]);
  expect(await pullsOn(["2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20"])).toEqual([0, 1, 0, 0]);
});

test("an event without a time has that of its data, or when it was received", async () => {
  await warehouse.refill([pulled(undefined, { when: "2026-11-18T10:00:00" }), pulled(undefined, {})]);
  expect(await pullsOn(["2026-11-18", "2026-11-19", "2026-11-20"])).toEqual([1, 0, 1]);
  expect(await warehouse.ask("SELECT CAST(time AS STRING) AS t FROM pulls ORDER BY time")).toEqual([
    { t: "2026-11-18 10:00:00+00" },
    { t: "2026-11-20 12:00:00+00" },
  ]);
});
