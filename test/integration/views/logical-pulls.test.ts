/** `logical_pulls`: sequences of requests as clients make them, and the pulls that they are. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EventWarehouse, type HandMade, startEventWarehouse } from "#test/support/event-warehouse.ts";

let warehouse: EventWarehouse;

beforeAll(async () => {
  warehouse = await startEventWarehouse();
}, 60_000);
afterAll(() => warehouse.close());

const START = Date.UTC(2026, 10, 20, 10);

interface Step {
  /** Seconds after the start. */
  readonly at: number;
  readonly get?: string;
  readonly head?: string;
  readonly digest?: string;
  readonly blob?: true;
  readonly error?: string;
  readonly who?: string;
  readonly client?: string;
  readonly repository?: string;
}

/** `get` and `head` name a tag; "" is a request by digest. */
function request(step: Step): HandMade {
  const when = new Date(START + step.at * 1000).toISOString();
  return {
    type: "dev.chainguard.registry.pull.v1",
    // Whole seconds, as Chainguard writes them.
    time: `${when.slice(0, 19)}Z`,
    data: {
      actor: { subject: step.who ?? "ada" },
      body: {
        repository: step.repository ?? "acme/nginx",
        tag: step.get || step.head,
        digest: step.digest ?? "sha256:index",
        method: step.head === undefined ? "GET" : "HEAD",
        type: step.blob ? "blob" : "manifest",
        when: when.slice(0, 23),
        remote_address: "192.0.2.1",
        user_agent: step.client ?? "docker/27.3.1",
        ...(step.error === undefined ? {} : { error: { status: 404, code: step.error, message: "" } }),
      },
    },
  };
}

/** One line per row: outcome, tag or digest, requests. */
async function folded(...steps: readonly Step[]): Promise<readonly string[]> {
  await warehouse.refill(steps.map(request));
  const rows = await warehouse.ask(
    `SELECT CONCAT(outcome, ' ', COALESCE(tag, digest, 'null'), ' ', CAST(requests AS STRING)) AS line
     FROM logical_pulls ORDER BY started, tag, digest`,
  );
  return rows.map(({ line }) => line as string);
}

/** What docker and containerd do for an image that is not there. */
const dockerPull = (at: number, tag: string, more: Partial<Step> = {}): Step[] => [
  { at, head: tag, digest: `sha256:${tag}`, ...more },
  { at: at + 0.1, get: "", digest: `sha256:${tag}`, ...more },
  { at: at + 0.2, get: "", digest: `sha256:${tag}-amd64`, ...more },
  { at: at + 0.3, get: "", digest: "sha256:config", blob: true, ...more },
  { at: at + 0.3, get: "", digest: "sha256:layer", blob: true, ...more },
];

test("HEAD of the tag, index, manifest of the platform and layers are one pull", async () => {
  expect(await folded(...dockerPull(0, "1.27"))).toEqual(["pull 1.27 5"]);
});

test("the order within one second is that of the exact time, not of the whole seconds", async () => {
  expect(await folded(...dockerPull(0.1, "a"), ...dockerPull(0.5, "b"))).toEqual(["pull a 5", "pull b 5"]);
});

test("podman's pull has no HEAD", async () => {
  const podman = (at: number): Step[] => [
    { at, get: "1.27" },
    { at: at + 1, get: "", digest: "sha256:amd64" },
    { at: at + 2, get: "", digest: "sha256:layer", blob: true },
  ];
  expect(await folded(...podman(0), ...podman(10))).toEqual(["pull 1.27 3", "pull 1.27 3"]);
});

test("HEAD and then GET of the same tag is one pull, when they are within a minute", async () => {
  expect(await folded({ at: 0, head: "a" }, { at: 60, get: "a" })).toEqual(["pull a 2"]);
  expect(await folded({ at: 0, head: "a" }, { at: 61, get: "a" })).toEqual(["check a 1", "pull a 1"]);
});

test("a HEAD alone is a check, however many there are", async () => {
  expect(await folded({ at: 0, head: "a" }, { at: 30, head: "a" }, { at: 60, head: "a" })).toEqual([
    "check a 1",
    "check a 1",
    "check a 1",
  ]);
});

test("a pull by digest is one; a minute later the same digest is another", async () => {
  const byDigest = (at: number): Step[] => [
    { at, get: "" },
    { at: at + 1, get: "", digest: "sha256:amd64" },
  ];
  expect(await folded(...byDigest(0), ...byDigest(62))).toEqual([
    "pull sha256:index 2",
    "pull sha256:index 2",
  ]);
});

test("containerd's pull by digest begins with a HEAD, so two in a row are two", async () => {
  const byDigest = (at: number): Step[] => [
    { at, head: "" },
    { at: at + 1, get: "" },
    { at: at + 2, get: "", digest: "sha256:amd64" },
  ];
  expect(await folded(...byDigest(0), ...byDigest(10))).toEqual([
    "pull sha256:index 3",
    "pull sha256:index 3",
  ]);
});

test("two tags at once are told apart by their digests; a platform's manifest goes with the last", async () => {
  expect(
    await folded(
      { at: 0, head: "a", digest: "sha256:a" },
      { at: 0.1, head: "b", digest: "sha256:b" },
      { at: 0.2, get: "", digest: "sha256:a" },
      { at: 0.3, get: "", digest: "sha256:b" },
      { at: 0.4, get: "", digest: "sha256:a-amd64" },
    ),
  ).toEqual(["pull a 2", "pull b 3"]);
});

test("layers that take long stay with their pull", async () => {
  expect(await folded({ at: 0, get: "a" }, { at: 900, get: "", digest: "sha256:layer", blob: true })).toEqual(
    ["pull a 2"],
  );
});

test("layers without a manifest are no pull", async () => {
  expect(await folded({ at: 0, get: "", digest: "sha256:layer", blob: true })).toEqual(["layers null 1"]);
});

test("what fails is a failure, and a check that fails is no check", async () => {
  expect(
    await folded(
      { at: 0, head: "gone", error: "MANIFEST_UNKNOWN" },
      { at: 100, head: "a" },
      { at: 101, get: "", error: "DENIED" },
    ),
  ).toEqual(["failed gone 1", "failed a 2"]);
});

test("other identities, programs and repositories are other pulls", async () => {
  const rows = await folded(
    ...dockerPull(0, "a"),
    ...dockerPull(0.05, "a", { who: "bob" }),
    ...dockerPull(0.06, "a", { client: "containerd/2.0" }),
    ...dockerPull(0.07, "a", { repository: "acme/redis" }),
  );
  expect(rows).toEqual(Array.from({ length: 4 }, () => "pull a 5"));
});

test("a mirror's walk is as many pulls as it has tags", async () => {
  const tags = Array.from({ length: 20 }, (_, index) => `1.${index}`);
  const rows = await folded(...tags.flatMap((tag, index) => dockerPull(index, tag)));
  expect(rows.toSorted()).toEqual(tags.map((tag) => `pull ${tag} 5`).toSorted());
});

test("a pull over midnight is one, on the day on which it began", async () => {
  const midnight = 14 * 3600;
  expect(
    await folded({ at: midnight - 1, get: "a" }, { at: midnight + 1, get: "", digest: "sha256:amd64" }),
  ).toEqual(["pull a 2"]);
  expect(await warehouse.ask("SELECT CAST(day AS STRING) AS day FROM logical_pulls")).toEqual([
    { day: "2026-11-20" },
  ]);
});

test("Mirantis' two events for one pull by tag are one, in either order", async () => {
  const msr = (type: string, second: number, tag?: string): HandMade => ({
    type: `com.mirantis.msr.${type}.pull.v1`,
    time: `2026-11-20T10:00:0${second}Z`,
    source: "msr.example.com",
    data: {
      type: "",
      contents: { namespace: "acme", repository: "api", digest: "sha256:d", author: "ci", tag },
    },
  });
  for (const [tagAt, manifestAt] of [
    [1, 2],
    [2, 1],
    [1, 1],
  ] as const) {
    await warehouse.refill([msr("tag", tagAt, "1.0"), msr("manifest", manifestAt)]);
    expect(await warehouse.ask("SELECT outcome, tag, requests FROM logical_pulls")).toEqual([
      { outcome: "pull", tag: "1.0", requests: 2 },
    ]);
  }
});

test("an artifact that one event names twice is two requests, and so is an event that was imported as well", async () => {
  const artifact = { tag: "1.0", digest: "sha256:d", resource_url: "harbor.example.com/acme/api:1.0" };
  const harbor: HandMade = {
    type: "harbor.artifact.pulled",
    time: "2026-11-20T10:00:00Z",
    data: { resources: [artifact, artifact], repository: { repo_full_name: "acme/api" } },
  };
  const [check] = [request({ at: 0, head: "a" })] as const;
  await warehouse.refill([
    harbor,
    { ...check, id: "once" },
    { ...check, id: "twice" },
    { ...check, id: "twice", sender: "import" },
  ]);
  const rows = await warehouse.ask(
    "SELECT repository, COUNT(*) AS n, SUM(requests) AS requests FROM logical_pulls GROUP BY repository ORDER BY repository",
  );
  expect(rows).toEqual([
    { repository: "acme/api", n: 2, requests: 2 },
    { repository: "acme/nginx", n: 3, requests: 3 },
  ]);
});

test("nothing is lost or counted twice: the requests of all rows are the events", async () => {
  await warehouse.refill([...dockerPull(0, "a"), ...dockerPull(3, "b"), { at: 9, head: "c" }].map(request));
  expect(await warehouse.ask("SELECT SUM(requests) AS n, COUNT(*) AS pulls FROM logical_pulls")).toEqual([
    { n: 11, pulls: 3 },
  ]);
});
