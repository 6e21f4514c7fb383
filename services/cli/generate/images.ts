/** The images of a made-up organization: repositories, tags, and digests that change with each release. */
import { createHash } from "node:crypto";
import { chance, pick, type Random, zipf } from "./random.ts";

/** What one image is at one time: digests only, as a registry's log has them. */
export interface Image {
  readonly repository: string;
  /** The part of `repo_id` behind the group. */
  readonly repoSuffix: string;
  readonly tag: string;
  /** Of the index, which the tag points to. */
  readonly digest: string;
  /** Of the manifest of one platform. */
  manifest(platform: string): string;
  /** Config first, then the layers. */
  blobs(platform: string): readonly string[];
}

/** In order of popularity, with the newest versions of each. */
const REPOSITORIES: readonly (readonly [name: string, ...versions: string[]])[] = [
  ["static", "20230214"],
  ["python", "3.13", "3.12", "3.11"],
  ["node", "22", "20", "24"],
  ["jre", "openjdk-21", "openjdk-17"],
  ["nginx", "1.27", "1.26"],
  ["go", "1.25", "1.24"],
  ["postgres", "17", "16", "15"],
  ["redis", "7.4", "7.2"],
  ["wolfi-base"],
  ["glibc-dynamic", "2.40"],
  ["jdk", "openjdk-21", "openjdk-17"],
  ["kubectl", "1.31", "1.30"],
  ["istio-pilot", "1.24", "1.23"],
  ["istio-proxy", "1.24", "1.23"],
  ["cert-manager-controller", "1.16"],
  ["cert-manager-webhook", "1.16"],
  ["prometheus", "3.0", "2.55"],
  ["prometheus-node-exporter", "1.8"],
  ["grafana", "11.3"],
  ["kube-state-metrics", "2.14"],
  ["coredns", "1.11"],
  ["etcd", "3.5"],
  ["rabbitmq", "4.0"],
  ["kafka", "3.9"],
  ["argocd", "2.13"],
  ["fluent-bit", "3.2"],
  ["curl", "8.11"],
  ["dotnet-runtime", "9", "8"],
  ["aspnet-runtime", "9", "8"],
  ["ruby", "3.3", "3.2"],
  ["php", "8.3-fpm", "8.2-fpm"],
  ["rust", "1.82"],
  ["maven", "3.9"],
  ["gradle", "8.11"],
  ["vault", "1.18"],
  ["keycloak", "26"],
  ["haproxy", "3.0"],
  ["envoy", "1.32"],
  ["traefik", "3.2"],
  ["mongodb", "8.0"],
  ["mariadb", "11.4"],
  ["opensearch", "2.18"],
  ["trino", "465"],
  ["spark", "3.5"],
  ["airflow-core", "2.10"],
  ["pytorch", "2.5"],
  ["velero", "1.15"],
  ["external-dns", "0.15"],
  ["karpenter", "1.0"],
  ["cilium-agent", "1.16"],
];

const ORGANIZATION = "acme.example";
const DAY_MS = 86_400_000;

const drawRepository = zipf(REPOSITORIES.length, 1.1);

/** An image as often as real traffic would ask for it, as it is at `now` (milliseconds since the epoch). */
export function drawImage(random: Random, now: number): Image {
  const [name, ...versions] = REPOSITORIES[drawRepository(random)] as readonly [string, ...string[]];
  // Newer versions are asked for more; "-dev" variants have a shell and serve builds.
  const version = chance(random, 0.45) || versions.length === 0 ? "latest" : pickNewest(random, versions);
  return imageAt(name, chance(random, 0.25) ? `${version}-dev` : version, now);
}

function pickNewest(random: Random, versions: readonly string[]): string {
  return chance(random, 0.6) ? (versions[0] as string) : pick(random, versions);
}

/** `latest` is rebuilt every night, a version twice a week: its tag then has a new digest. */
function imageAt(name: string, tag: string, now: number): Image {
  const release = Math.floor(now / (tag.startsWith("latest") ? DAY_MS : 3.5 * DAY_MS));
  const identity = `${name}:${tag}@${release}`;
  return {
    repository: `${ORGANIZATION}/${name}`,
    repoSuffix: sha256(name).slice(0, 16),
    tag,
    digest: digestOf(identity),
    manifest: (platform) => digestOf(`${identity}/${platform}`),
    // All images share the base layer of their week; the layers above it change with the release.
    blobs: (platform) => [
      digestOf(`${identity}/${platform}/config`),
      digestOf(`base/${platform}/${Math.floor(now / (7 * DAY_MS))}`),
      ...Array.from({ length: 1 + (identity.length % 4) }, (_, layer) =>
        digestOf(`${identity}/${platform}/layer/${layer}`),
      ),
    ],
  };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

const digestOf = (text: string) => `sha256:${sha256(text)}`;
