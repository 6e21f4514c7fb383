/**
 * What each family of clients asks for in one pull, by hand: after the recordings, or after the source that is named.
 * `@name` is a digest; times are in milliseconds.
 */
import type { Request } from "./recordings.ts";

interface Step {
  /** A tag, or a digest as `@name`; with `blob`, the blob is asked for by HEAD. */
  readonly head?: string;
  readonly get?: string;
  readonly blob?: string;
  readonly status?: number;
  /** Milliseconds after the step before; 40 without it. */
  readonly after?: number;
}

export interface Client {
  readonly name: string;
  readonly agent: string;
  readonly steps: readonly Step[];
  /** What a person counts; by registry where it cannot be told apart there. */
  readonly pulls: number;
  readonly untellable?: Readonly<Record<string, number>>;
}

const LAYERS: readonly Step[] = [{ blob: "config" }, { blob: "layer-1" }, { blob: "layer-2", after: 900 }];
const byHead = (reference: string): readonly Step[] => [
  { head: reference },
  { get: "@index" },
  { get: "@platform" },
  ...LAYERS,
];
const byGet = (reference: string): readonly Step[] => [{ get: reference }, { get: "@platform" }, ...LAYERS];
/** All platforms of an index, one after the other; `pause` milliseconds for the layers of each. */
export const allPlatforms = (platforms: number, pause: number): readonly Step[] => [
  { get: "1.0" },
  ...Array.from({ length: platforms }, (_, index): Step[] => [
    { get: `@platform-${index}`, after: index === 0 ? 40 : pause },
    { blob: `config-${index}` },
    { blob: `layer-${index}` },
  ]).flat(),
];

const DOCKER = "docker/27.3.1 go/go1.22.7 os/linux arch/amd64";
const COSIGN = "cosign/v2.6.5 (linux; amd64) go-containerregistry/v0.20.3";
const SIGNATURE = `sha256-${"a".repeat(64)}.sig`;

export const CLIENTS: readonly Client[] = [
  { name: "docker, a tag", agent: DOCKER, steps: byHead("1.0"), pulls: 1 },
  // moby, distribution/pull_v2.go: a digest is asked for without HEAD.
  { name: "docker, a digest", agent: DOCKER, steps: byGet("@index"), pulls: 1 },
  { name: "kubelet with containerd, Always", agent: "containerd/v2.0.1", steps: byHead("1.0"), pulls: 1 },
  { name: "kubelet with containerd, pinned", agent: "containerd/v1.7.23", steps: byHead("@index"), pulls: 1 },
  {
    name: "kubelet with containerd, image there",
    agent: "containerd/v1.7.24",
    steps: [{ head: "1.0" }],
    pulls: 0,
  },
  {
    name: "CRI-O, a tag",
    agent: "cri-o/1.31.2 go/go1.23.3 os/linux arch/arm64",
    steps: byGet("1.0"),
    pulls: 1,
  },
  {
    name: "CRI-O, pinned",
    agent: "cri-o/1.30.0 go/go1.22.3 os/linux arch/arm64",
    steps: byGet("@index"),
    pulls: 1,
  },
  { name: "podman", agent: "containers/5.32.2 (github.com/containers/image)", steps: byGet("1.0"), pulls: 1 },
  { name: "BuildKit", agent: "buildkit/v0.17", steps: byHead("1.0"), pulls: 1 },
  {
    name: "kaniko, a digest",
    agent: "kaniko/unset go-containerregistry/v0.19.1",
    steps: [{ get: "@image" }, ...LAYERS],
    pulls: 1,
  },
  { name: "crane", agent: "crane/v0.22.1 go-containerregistry/v0.22.1", steps: byGet("1.0"), pulls: 1 },
  { name: "skopeo --all", agent: "skopeo/1.16.1", steps: allPlatforms(5, 60), pulls: 1 },
  { name: "ORAS", agent: "oras/1.3.6", steps: [{ head: "1.0" }, { get: "1.0" }, ...LAYERS], pulls: 1 },
  {
    name: "Renovate",
    agent: "RenovateBot/39.11.5 (https://github.com/renovatebot/renovate)",
    steps: [{ head: "1.0" }],
    pulls: 0,
  },
  { name: "Trivy", agent: "trivy/0.57.1", steps: byGet("1.0"), pulls: 1 },
  {
    name: "cosign verify",
    agent: COSIGN,
    steps: [
      { get: "1.0" },
      { get: SIGNATURE.slice(0, -4), status: 404 },
      { get: "1.0" },
      { get: SIGNATURE },
      { blob: "payload" },
    ],
    pulls: 0,
    // No program and no layers are reported: both reads are downloads.
    untellable: { harbor: 2, msr: 2 },
  },
  {
    name: "Artifactory's mirror",
    agent: "Artifactory/7.98.9 79809900",
    steps: [{ head: "1.0" }, { get: "1.0" }, { get: "@platform" }, ...LAYERS],
    pulls: 1,
  },
  { name: "Harbor's mirror", agent: "harbor-registry-client", steps: byHead("1.0"), pulls: 1 },
];

export interface Asker {
  readonly who: string;
  readonly address: string;
  readonly repository: string;
}

/** The requests of one pull from `at` (milliseconds since the epoch) on; every digest is of the repository's own. */
export function ask(steps: readonly Step[], at: number, agent: string, asker: Asker): Request[] {
  let now = at;
  return steps.map(({ head, get, blob, status = 200, after = 40 }, index) => {
    if (index > 0) now += after;
    const reference = blob ?? head ?? get ?? "";
    const isDigest = blob !== undefined || reference.startsWith("@");
    return {
      at: now,
      method: head === undefined ? "GET" : "HEAD",
      kind: blob === undefined ? "manifest" : "blob",
      tag: isDigest ? undefined : reference,
      digest: isDigest
        ? `sha256:${reference.replace("@", "")}`
        : status < 400
          ? `sha256:${indexOf(reference)}`
          : undefined,
      mediaType: blob === undefined ? mediaType(reference) : undefined,
      status,
      agent,
      ...asker,
    };
  });
}

/** Tags are of the index; signatures have a manifest of their own. */
const indexOf = (tag: string) => (tag.startsWith("sha256-") ? "signature" : "index");

const mediaType = (reference: string) =>
  `application/vnd.oci.image.${/^@(?:platform|image)/.test(reference) || reference.startsWith("sha256-") ? "manifest" : "index"}.v1+json`;
