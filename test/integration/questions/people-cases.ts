/** Questions about identities, programs and times. */
import type { HandMade } from "#test/support/event-warehouse.ts";
import { at, type Case, forgotten, pull } from "./case.ts";

const hours = (busy: Readonly<Record<number, object>>) =>
  Array.from({ length: 24 }, (_, hour) => ({
    hour,
    pulls: 0,
    checks: 0,
    requests: 0,
    identities: 0,
    ...busy[hour],
  }));

const WORKFLOW = {
  iss: "https://token.actions.githubusercontent.com",
  job_workflow_ref: "acme/shop/.github/workflows/ci.yaml@refs/heads/main",
};

const RENAMED = { ...WORKFLOW, job_workflow_ref: "acme/shop/.github/workflows/build.yaml@refs/heads/main" };

const distributionPull = (time: string, name: string, useragent: string): HandMade => ({
  type: "io.cncf.distribution.pull.v1",
  time: `2026-11-${time}Z`,
  source: "registry.example.com",
  data: {
    target: {
      mediaType: "application/vnd.oci.image.index.v1+json",
      digest: "sha256:1",
      repository: "acme/nginx",
      tag: "1",
    },
    request: { addr: "192.0.2.9:4000", host: "registry.example.com", method: "GET", useragent },
    actor: { name },
  },
});

const asker = (name: string, more: object) => ({
  identity_kind: "user",
  identity_name: `${name}@acme.example`,
  client: "docker",
  tags: 1,
  addresses: 1,
  identity: name,
  ...more,
});

export const PEOPLE_CASES: readonly Case[] = [
  {
    question: "who-pulls",
    about: "an image",
    options: { image: "acme/nginx" },
    events: [
      pull({ time: "19T10:00:00", tag: "1", method: "HEAD" }),
      pull({ time: "20T10:00:00", tag: "1" }),
      pull({ time: "18T10:00:00", tag: "1", who: "bob" }),
      pull({ time: "18T10:00:00", image: "acme/redis", who: "eve" }),
      pull({ time: "2026-10-01T10:00:00Z", who: "old" }),
    ],
    rows: [
      asker("ada", { requests: 2, first_seen: at("19T10:00:00"), last_seen: at("20T10:00:00") }),
      asker("bob", { requests: 1, first_seen: at("18T10:00:00"), last_seen: at("18T10:00:00") }),
    ],
  },
  {
    question: "who-pulls",
    about: "a digest",
    options: { digest: "sha256:bad" },
    events: [
      pull({ time: "19T10:00:00", digest: "sha256:bad", image: "acme/redis", tag: "7", who: "eve" }),
      pull({ time: "20T10:00:00" }),
    ],
    rows: [asker("eve", { requests: 1, first_seen: at("19T10:00:00"), last_seen: at("19T10:00:00") })],
  },
  {
    question: "new-identities",
    events: [
      pull({ time: "01T10:00:00" }),
      pull({ time: "20T10:00:00" }),
      pull({ time: "19T10:00:00", who: "bob" }),
      pull({ time: "20T10:00:00", who: "bob", image: "acme/redis", error: "DENIED" }),
      pull({ time: "20T10:00:00", who: "" }),
      forgotten(pull({ time: "20T10:00:00", who: "eve-1" })),
    ],
    rows: [
      {
        first_seen: at("19T10:00:00"),
        identity_kind: "user",
        identity_name: "bob@acme.example",
        registry: "cgr.dev",
        requests: 2,
        errors: 1,
        images: 2,
        addresses: 1,
        identity: "bob",
      },
    ],
  },
  {
    question: "new-places",
    events: [
      pull({ time: "01T10:00:00", location: "DublinLIE" }),
      pull({ time: "20T10:00:00", location: "DublinLIE" }),
      pull({ time: "20T11:00:00", location: "SydneyNSWAU" }),
      pull({ time: "20T12:00:00", location: "SydneyNSWAU" }),
      pull({ time: "20T13:00:00", client: "skopeo/1.16.1" }),
      // Nobody whom we knew before.
      pull({ time: "20T10:00:00", who: "new", location: "SydneyNSWAU" }),
      // They may be two.
      forgotten(pull({ time: "01T10:00:00", who: "eve-1", location: "DublinLIE" })),
      forgotten(pull({ time: "20T10:00:00", who: "eve-1", location: "SydneyNSWAU" })),
    ],
    rows: [
      {
        first_seen: at("20T13:00:00"),
        identity_kind: "user",
        identity_name: "ada@acme.example",
        what: "client",
        new_value: "skopeo",
        requests: 1,
        known_since: at("01T10:00:00"),
        identity: "ada",
      },
      {
        first_seen: at("20T11:00:00"),
        identity_kind: "user",
        identity_name: "ada@acme.example",
        what: "location",
        new_value: "SydneyNSWAU",
        requests: 2,
        known_since: at("01T10:00:00"),
        identity: "ada",
      },
    ],
  },
  {
    question: "new-places",
    about: "neither a renamed workflow nor a namesake in another registry is new somewhere",
    events: [
      pull({ time: "01T10:00:00", who: "ci", act: WORKFLOW, location: "DublinLIE" }),
      pull({ time: "20T10:00:00", who: "ci", act: RENAMED, location: "DublinLIE" }),
      distributionPull("20T10:00:00", "ci", "skopeo/1.16.1"),
    ],
    rows: [],
  },
  {
    question: "summary",
    about: "equal names in two registries are two",
    events: [
      pull({ time: "20T10:00:00", tag: "1", who: "ci" }),
      distributionPull("20T10:00:00", "ci", "docker/27.3.1"),
    ],
    rows: [
      { pulls: 2, checks: 0, failures: 0, requests: 2, images: 2, tags: 2, identities: 2, addresses: 2 },
    ],
  },
  {
    question: "polling",
    events: [
      pull({ time: "20T10:00:00", method: "HEAD", client: "renovatebot/39" }),
      pull({ time: "20T11:00:00", method: "HEAD", client: "renovatebot/39" }),
      pull({ time: "20T12:00:00", client: "renovatebot/39" }),
      pull({ time: "20T12:00:00" }),
      pull({ time: "20T12:00:00", type: "blob" }),
      pull({ time: "20T12:00:00", client: "" }),
    ],
    rows: [
      { client: "renovate", requests: 3, checks: 2, downloads: 1, share_of_checks: 0.667, identities: 1 },
      { client: "docker", requests: 1, checks: 0, downloads: 1, share_of_checks: 0, identities: 1 },
      { client: "unknown", requests: 1, checks: 0, downloads: 1, share_of_checks: 0, identities: 1 },
    ],
  },
  {
    question: "identity-kinds",
    events: [
      pull({ time: "20T10:00:00" }),
      pull({ time: "20T11:00:00", who: "bob", method: "HEAD" }),
      pull({ time: "20T12:00:00", who: "ci", act: WORKFLOW }),
      pull({ time: "20T13:00:00", who: "ci", act: WORKFLOW, image: "acme/redis" }),
      pull({ time: "20T13:00:00", who: "", error: "UNAUTHORIZED" }),
    ],
    rows: [
      {
        identity_kind: "GitHub Actions workflow",
        pulls: 2,
        checks: 0,
        failures: 0,
        identities: 1,
        images: 2,
      },
      { identity_kind: "user", pulls: 1, checks: 1, failures: 0, identities: 2, images: 1 },
      { identity_kind: "anonymous", pulls: 0, checks: 0, failures: 1, identities: 0, images: 1 },
    ],
  },
  {
    question: "busiest-hours",
    events: [
      pull({ time: "20T10:00:00" }),
      pull({ time: "19T10:30:00" }),
      pull({ time: "19T23:59:59", method: "HEAD" }),
    ],
    rows: hours({
      10: { pulls: 2, requests: 2, identities: 1 },
      23: { checks: 1, requests: 1, identities: 1 },
    }),
  },
  {
    question: "daily",
    options: { since: "2026-11-18" },
    events: [
      pull({ time: "17T10:00:00" }),
      pull({ time: "19T10:00:00" }),
      pull({ time: "20T10:00:00", method: "HEAD" }),
      pull({ time: "20T11:00:00", who: "bob" }),
      pull({ time: "20T12:00:00", error: "DENIED" }),
    ],
    rows: [
      { day: "2026-11-18", pulls: 0, checks: 0, failures: 0, requests: 0, identities: 0 },
      { day: "2026-11-19", pulls: 1, checks: 0, failures: 0, requests: 1, identities: 1 },
      { day: "2026-11-20", pulls: 1, checks: 1, failures: 1, requests: 3, identities: 2 },
    ],
  },
  {
    question: "summary",
    events: [
      pull({ time: "19T10:00:00", tag: "1" }),
      pull({ time: "20T10:00:00", tag: "1", method: "HEAD" }),
      pull({ time: "20T11:00:00", tag: "2", who: "bob" }),
      pull({ time: "20T12:00:00", image: "acme/redis", error: "DENIED" }),
    ],
    rows: [
      { pulls: 2, checks: 1, failures: 1, requests: 4, images: 2, tags: 2, identities: 2, addresses: 1 },
    ],
  },
  {
    question: "growth",
    events: [
      pull({ time: "2026-09-30T23:59:59Z" }),
      pull({ time: "2026-11-01T00:00:00Z" }),
      pull({ time: "20T10:00:00", image: "acme/redis", who: "bob" }),
      pull({ time: "2023-01-01T00:00:00Z" }),
    ],
    rows: [
      { month: "2026-09-01", pulls: 1, requests: 1, images: 1, identities: 1 },
      { month: "2026-10-01", pulls: 0, requests: 0, images: 0, identities: 0 },
      { month: "2026-11-01", pulls: 2, requests: 2, images: 2, identities: 2 },
    ],
  },
];
