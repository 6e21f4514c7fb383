/** Questions about images and tags. */
import { at, type Case, pull, push } from "./case.ts";

const dockerPull = (hour: string, tag: string, who: string) => [
  pull({ time: `20T${hour}:00:00`, tag, who, method: "HEAD" }),
  pull({ time: `20T${hour}:00:01`, who }),
  pull({ time: `20T${hour}:00:02`, who, digest: "sha256:layer", type: "blob" }),
];

/** What a service of Chainguard's own has in the place of a repository's name. */
const UIDP = `${"45a0c61e".repeat(5)}/b74ce966caf448d1`;

export const IMAGE_CASES: readonly Case[] = [
  {
    question: "top-images",
    events: [
      ...dockerPull("10", "1.27", "ada"),
      ...dockerPull("11", "1.27", "bob"),
      pull({ time: "20T12:00:00", tag: "1.27", method: "HEAD" }),
      pull({ time: "20T12:00:00", image: "acme/redis", tag: "7", error: "DENIED" }),
      pull({ time: "20T13:00:00", image: "acme/redis", tag: "7" }),
      // Before the last seven days, and outside of --until.
      pull({ time: "13T23:59:59", image: "acme/redis", tag: "6" }),
      pull({ time: "21T00:00:00", image: "acme/redis", tag: "6" }),
    ],
    rows: [
      {
        registry: "cgr.dev",
        repository: "acme/nginx",
        pulls: 2,
        checks: 1,
        failures: 0,
        identities: 2,
        last_pull: at("20T11:00:00"),
      },
      {
        registry: "cgr.dev",
        repository: "acme/redis",
        pulls: 1,
        checks: 0,
        failures: 1,
        identities: 1,
        last_pull: at("20T13:00:00"),
      },
    ],
  },
  {
    question: "top-tags",
    options: { limit: "2" },
    events: [
      pull({ time: "20T10:00:00", tag: "1.27", digest: "sha256:a" }),
      pull({ time: "20T11:00:00", tag: "1.27", digest: "sha256:b", who: "bob" }),
      pull({ time: "20T12:00:00", tag: "1.26" }),
      pull({ time: "20T13:00:00" }),
      pull({ time: "20T12:00:00", image: "acme/redis", tag: "7" }),
    ],
    rows: [
      {
        image: "acme/nginx:1.27",
        registry: "cgr.dev",
        pulls: 2,
        identities: 2,
        digests: 2,
        last_pull: at("20T11:00:00"),
      },
      {
        image: "acme/nginx:1.26",
        registry: "cgr.dev",
        pulls: 1,
        identities: 1,
        digests: 1,
        last_pull: at("20T12:00:00"),
      },
    ],
  },
  {
    question: "folded",
    events: [...dockerPull("10", "1.27", "ada"), pull({ time: "20T12:00:00", tag: "1.27", method: "HEAD" })],
    rows: [
      {
        registry: "cgr.dev",
        repository: "acme/nginx",
        requests: 4,
        head_requests: 2,
        manifests: 1,
        blobs: 1,
        pulls: 1,
        checks: 1,
        requests_per_pull: 4,
      },
    ],
  },
  {
    question: "forgotten-tags",
    events: [
      pull({ time: "2026-09-01T10:00:00Z", tag: "old" }),
      pull({ time: "20T10:00:00", tag: "old", method: "HEAD" }),
      pull({ time: "2026-09-01T10:00:00Z", tag: "used" }),
      pull({ time: "20T10:00:00", tag: "used" }),
      push({ time: "2026-09-02T10:00:00Z", tag: "never" }),
      push({ time: "20T10:00:00", tag: "new" }),
    ],
    rows: [
      {
        registry: "cgr.dev",
        repository: "acme/nginx",
        tag: "old",
        last_pull: "2026-09-01T10:00:00.000Z",
        pulls: 1,
        last_push: null,
      },
      {
        registry: "cgr.dev",
        repository: "acme/nginx",
        tag: "never",
        last_pull: null,
        pulls: 0,
        last_push: "2026-09-02T10:00:00.000Z",
      },
    ],
  },
  {
    question: "forgotten-tags",
    about: "tags that are pulled by digest, pinned or checked are not forgotten",
    events: [
      push({
        time: "2026-09-01T10:00:00Z",
        tag: "by-digest",
        digest: "sha256:d",
        repoId: "g/r",
        image: UIDP,
      }),
      pull({ time: "20T10:00:00", digest: "sha256:d", repoId: "g/r" }),
      pull({ time: "2026-09-01T10:00:00Z", tag: "pinned", digest: "sha256:p" }),
      pull({ time: "20T10:00:00", digest: "sha256:p", method: "HEAD" }),
      pull({ time: "20T11:00:00", digest: "sha256:p" }),
      pull({ time: "2026-09-01T10:00:00Z", tag: "checked" }),
      pull({ time: "20T10:00:00", tag: "checked", method: "HEAD" }),
      // The tag has moved on: what is pulled is its old digest.
      push({ time: "2026-09-01T10:00:00Z", tag: "moved", digest: "sha256:old", repoId: "g/r", image: UIDP }),
      push({ time: "2026-09-02T10:00:00Z", tag: "moved", digest: "sha256:new", repoId: "g/r", image: UIDP }),
      pull({ time: "20T12:00:00", digest: "sha256:old", repoId: "g/r" }),
      push({ time: "2026-09-02T10:00:00Z", tag: `sha256-${"a".repeat(64)}.sig`, digest: "sha256:s" }),
    ],
    rows: [
      {
        registry: "cgr.dev",
        repository: "acme/nginx",
        tag: "moved",
        last_pull: null,
        pulls: 0,
        last_push: "2026-09-02T10:00:00.000Z",
      },
    ],
  },
  {
    question: "latest",
    events: [
      pull({ time: "20T10:00:00", tag: "latest", digest: "sha256:a" }),
      pull({ time: "20T11:00:00", tag: "latest", digest: "sha256:b", who: "bob" }),
      pull({ time: "20T12:00:00", tag: "1.27" }),
      pull({ time: "20T12:00:00", image: "acme/redis", tag: "7" }),
    ],
    rows: [
      {
        registry: "cgr.dev",
        repository: "acme/nginx",
        pulls: 2,
        all_pulls: 3,
        share: 0.667,
        identities: 2,
        digests: 2,
      },
    ],
  },
  {
    question: "tag-history",
    options: { image: "cgr.dev/acme/nginx" },
    events: [
      push({ time: "10T10:00:00", tag: "latest", digest: "sha256:a" }),
      pull({ time: "10T11:00:00", tag: "latest", digest: "sha256:a" }),
      pull({ time: "11T11:00:00", tag: "latest", digest: "sha256:a", who: "bob" }),
      pull({ time: "12T11:00:00", tag: "latest", digest: "sha256:b" }),
      pull({ time: "12T12:00:00", tag: "latest", digest: "", error: "MANIFEST_UNKNOWN" }),
      pull({ time: "12T12:00:00", tag: "1.27", digest: "sha256:c" }),
    ],
    rows: [
      {
        digest: "sha256:b",
        first_seen: at("12T11:00:00"),
        last_seen: at("12T11:00:00"),
        pushed: null,
        requests: 1,
        identities: 1,
      },
      {
        digest: "sha256:a",
        first_seen: at("10T10:00:00"),
        last_seen: at("11T11:00:00"),
        pushed: at("10T10:00:00"),
        requests: 2,
        identities: 2,
      },
    ],
  },
  {
    question: "stale",
    about: "what a service of Chainguard's own has pushed",
    events: [
      push({ time: "10T10:00:00", tag: "1", digest: "sha256:a", repoId: "g/r", image: UIDP }),
      push({ time: "12T10:00:00", tag: "1", digest: "sha256:b", repoId: "g/r", image: UIDP }),
      pull({ time: "14T10:00:00", digest: "sha256:a", repoId: "g/r" }),
    ],
    rows: [
      {
        registry: "cgr.dev",
        repository: "acme/nginx",
        digest: "sha256:a",
        was_tag: "1",
        identity_kind: "user",
        identity_name: "ada@acme.example",
        downloads: 1,
        replaced: at("12T10:00:00"),
        last_pull: at("14T10:00:00"),
        days_late: 2,
      },
    ],
  },
  {
    question: "tag-history",
    about: "what a service of Chainguard's own has pushed",
    options: { image: "acme/nginx" },
    events: [
      push({ time: "10T10:00:00", tag: "latest", digest: "sha256:a", repoId: "g/r", image: UIDP }),
      pull({ time: "14T10:00:00", tag: "latest", digest: "sha256:a", repoId: "g/r" }),
    ],
    rows: [
      {
        digest: "sha256:a",
        first_seen: at("10T10:00:00"),
        last_seen: at("14T10:00:00"),
        pushed: at("10T10:00:00"),
        requests: 1,
        identities: 1,
      },
    ],
  },
  {
    question: "stale",
    events: [
      push({ time: "10T10:00:00", tag: "1", digest: "sha256:a" }),
      push({ time: "10T10:00:00", tag: "1.26", digest: "sha256:b" }),
      push({ time: "10T10:00:00", tag: "1", digest: "sha256:b" }),
      // The tag moved on the 12th, as a pull shows.
      pull({ time: "12T10:00:00", tag: "1", digest: "sha256:c", who: "bob" }),
      pull({ time: "12T09:59:59", digest: "sha256:b" }),
      pull({ time: "15T10:00:00", digest: "sha256:a" }),
      pull({ time: "16T10:00:00", digest: "sha256:a" }),
      // Another tag still points to it.
      pull({ time: "16T11:00:00", digest: "sha256:b" }),
      // A tag that went back.
      push({ time: "17T10:00:00", tag: "2", digest: "sha256:x" }),
      push({ time: "18T10:00:00", tag: "2", digest: "sha256:y" }),
      push({ time: "19T10:00:00", tag: "2", digest: "sha256:x" }),
      pull({ time: "19T11:00:00", digest: "sha256:x" }),
    ],
    rows: [
      {
        registry: "cgr.dev",
        repository: "acme/nginx",
        digest: "sha256:a",
        was_tag: "1",
        identity_kind: "user",
        identity_name: "ada@acme.example",
        downloads: 2,
        replaced: at("10T10:00:00"),
        last_pull: at("16T10:00:00"),
        days_late: 6,
      },
    ],
  },
];
