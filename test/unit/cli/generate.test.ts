/** The generator: the same for the same seed, shaped like Chainguard's events, skewed like real traffic. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type GeneratedEvent, generateEvents, PULL_TYPE } from "#services/cli/generate/generate.ts";
import type { CloudEvent } from "#services/shared/event.ts";
import { toRow } from "#services/shared/row/row.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";

const GROUP = "45a0c61ea6fd977f050c5fb9ac06a69eed764595";
const START = Date.UTC(2026, 10, 20, 12);

interface Body {
  repository: string;
  repo_id: string;
  tag?: string;
  digest: string;
  method: string;
  type: string;
  when: string;
  location: string;
  remote_address: string;
  user_agent: string;
  error?: { status: number; code: string; message: string };
}
interface Data {
  actor?: { subject: string; act: Record<string, string> };
  body: Body;
}

/** The first events of a seed, one every 50 milliseconds. */
function take(count: number, seed: string, idSeed = seed): GeneratedEvent[] {
  const events: GeneratedEvent[] = [];
  const now = () => START + 50 * events.length;
  for (const event of generateEvents({ seed, idSeed, group: GROUP, now })) {
    events.push(event);
    if (events.length === count) return events;
  }
  return events;
}

const dataOf = ({ body }: GeneratedEvent) => JSON.parse(body.toString("utf8")) as Data;
const hashOf = (events: readonly GeneratedEvent[]) => {
  const hash = createHash("sha256");
  for (const { headers, body } of events) hash.update(JSON.stringify(headers)).update(body);
  return hash.digest("hex");
};

const sample = take(5_000, "sample");
const sampled = sample.map(dataOf);

test("one seed gives the same bytes and headers each time, another seed gives others", () => {
  expect(hashOf(take(500, "a"))).toBe(hashOf(take(500, "a")));
  expect(hashOf(take(500, "b"))).not.toBe(hashOf(take(500, "a")));
});

test("another seed for ids gives the same bodies as other events", () => {
  const [one, other] = [take(200, "a", "x"), take(200, "a", "y")];
  expect(one.map(({ body }) => body.toString())).toEqual(other.map(({ body }) => body.toString()));
  const ids = new Set([...one, ...other].map(({ id }) => id));
  expect(ids.size).toBe(400);
});

test("ids are version 4 UUIDs and never come twice", () => {
  for (const { id } of sample.slice(0, 100)) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  expect(new Set(sample.map(({ id }) => id)).size).toBe(sample.length);
});

test("headers are those of a Chainguard delivery", () => {
  for (const event of sample.slice(0, 100)) {
    const { headers, id } = event;
    const { body } = dataOf(event);
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "ce-type": PULL_TYPE,
      "ce-specversion": "1.0",
      "ce-source": "cgr.dev",
      "ce-id": id,
      "ce-group": GROUP,
      "ce-audience": "customer",
      "ce-subject": body.repo_id,
      "ce-time": `${body.when.slice(0, 19)}Z`,
    });
  }
});

test("bodies are compact, with keys in the order of the registry's type and claims in the order of a map", () => {
  const order = [
    "repository",
    "repo_id",
    "subdomain",
    "tag",
    "digest",
    "method",
    "type",
    "when",
    "location",
    "remote_address",
    "user_agent",
    "error",
    "policy_results",
  ];
  const seen = new Set<string>();
  for (const [index, { actor, body }] of sampled.entries()) {
    expect(sample[index]?.body.toString()).toBe(JSON.stringify({ ...(actor && { actor }), body }));
    const keys = Object.keys(body);
    expect(keys).toEqual(order.filter((key) => keys.includes(key)));
    for (const key of keys) seen.add(key);
    const claims = Object.keys(actor?.act ?? {});
    expect(claims).toEqual(claims.toSorted());
  }
  expect([...seen].toSorted()).toEqual(order.toSorted());
});

test("every event fits the schema of its type, with nothing left over for the column extra but the delivery's own attributes", () => {
  const registry = loadRegistry();
  for (const { id, headers, body } of sample) {
    const event: CloudEvent = {
      id,
      source: headers["ce-source"] ?? "",
      type: headers["ce-type"] ?? "",
      specversion: "1.0",
      time: headers["ce-time"] ?? "",
      datacontenttype: "application/json",
      extensions: {},
      data: body,
    };
    const row = toRow(registry, event, { source: "chainguard", receivedAt: START });
    expect(row.fit).toBe("fits");
    expect(JSON.parse(row.line)).not.toHaveProperty("extra");
  }
});

test("`when` is a civil time with six digits of a second or none", () => {
  const withDigits = sampled.filter(({ body }) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/.test(body.when));
  const without = sampled.filter(({ body }) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(body.when));
  expect(withDigits.length + without.length).toBe(sampled.length);
  expect(without.length).toBeGreaterThan(10);
  expect(withDigits.length).toBeGreaterThan(10 * without.length);
});

test("addresses are from networks that belong to nobody", () => {
  for (const { body } of sampled) {
    expect(body.remote_address).toMatch(
      /^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}$|^2001:db8:[0-9a-f]{1,4}::[0-9a-f]{1,4}$/,
    );
  }
  expect(sampled.some(({ body }) => body.remote_address.startsWith("2001:db8:"))).toBe(true);
});

test("a tag has one digest until its next release, whatever the seed", () => {
  const digests = new Map<string, Set<string>>();
  for (const { body } of [...sampled, ...take(2_000, "other").map(dataOf)]) {
    if (body.tag === undefined || body.digest === "") continue;
    const name = `${body.repository}:${body.tag}`;
    digests.set(name, (digests.get(name) ?? new Set()).add(body.digest));
  }
  expect(digests.size).toBeGreaterThan(50);
  for (const [name, of] of digests) expect([name, of.size]).toEqual([name, 1]);
});

test("a tag that is rebuilt every night has another digest the next day", () => {
  const digestsOn = (day: number) => {
    const found = new Map<string, string>();
    let count = 0;
    for (const event of generateEvents({ seed: "a", group: GROUP, now: () => START + day * 86_400_000 })) {
      const { body } = dataOf(event);
      if (body.tag === "latest" && body.digest) found.set(body.repository, body.digest);
      if (++count === 500) return found;
    }
    return found;
  };
  const [today, tomorrow] = [digestsOn(0), digestsOn(1)];
  const both = [...today].filter(([repository]) => tomorrow.has(repository));
  expect(both.length).toBeGreaterThan(10);
  for (const [repository, digest] of both) expect(tomorrow.get(repository)).not.toBe(digest);
});

test("a docker pull is a HEAD of the tag, then GETs of the index, a manifest and blobs by digest", () => {
  const kinds = new Set(
    sampled.map(({ body }) => `${body.method} ${body.type} ${body.tag ? "tag" : "digest"}`),
  );
  expect([...kinds].toSorted()).toEqual([
    "GET blob digest",
    "GET manifest digest",
    "GET manifest tag",
    "HEAD manifest tag",
  ]);
});

function share(of: (data: Data) => boolean): number {
  return sampled.filter(of).length / sampled.length;
}

describe("traffic is skewed and mixed", () => {
  test("the most pulled image has a share that an even spread would not give, and many images are pulled", () => {
    const counts = new Map<string, number>();
    for (const { body } of sampled) counts.set(body.repository, (counts.get(body.repository) ?? 0) + 1);
    const sorted = [...counts.values()].toSorted((a, b) => b - a);
    expect(sorted.length).toBeGreaterThan(40);
    expect(sorted[0]).toBeGreaterThan((5 * sampled.length) / sorted.length);
  });

  test("many clients are seen", () => {
    const agents = new Set(sampled.map(({ body }) => body.user_agent));
    expect(agents.size).toBeGreaterThanOrEqual(15);
    expect([...agents].some((agent) => agent.includes("Docker-Client/27.3.1 \\(linux\\)"))).toBe(true);
  });

  test.each<[string, (data: Data) => boolean]>([
    ["people", ({ actor }) => actor?.act["sub"]?.startsWith("google-oauth2|") ?? false],
    ["people with an e-mail address", ({ actor }) => Boolean(actor?.act["email"])],
    ["workflows", ({ actor }) => actor?.act["job_workflow_ref"]?.startsWith("acme/") ?? false],
    ["AWS roles", ({ actor }) => actor?.act["aws-arn"]?.startsWith("arn:aws:sts::") ?? false],
    ["pull tokens", ({ actor }) => actor?.act["sub"]?.startsWith("pull-token-") ?? false],
    ["nobody", ({ actor }) => actor === undefined],
  ])("%s pull", (_name, is) => {
    expect(share(is)).toBeGreaterThan(0.001);
    expect(share(is)).toBeLessThan(0.8);
  });

  test("each kind of failure comes, together in a small share of requests, and a missing tag has no digest", () => {
    const failures = sampled.flatMap(({ body }) => (body.error ? [body] : []));
    expect(new Set(failures.map(({ error }) => `${error?.status} ${error?.code}`))).toEqual(
      new Set(["404 MANIFEST_UNKNOWN", "403 DENIED", "401 UNAUTHORIZED", "429 TOOMANYREQUESTS"]),
    );
    expect(failures.length / sampled.length).toBeLessThan(0.05);
    for (const { error, digest } of failures) expect(digest === "").toBe(error?.code === "MANIFEST_UNKNOWN");
  });
});
