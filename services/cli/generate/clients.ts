/** The programs that pull: how they name themselves and in which steps they ask. */

/**
 * - `docker`: HEAD the tag; if the digest is new, GET the index, the platform's manifest and the blobs
 * - `containers`: the same without the HEAD (github.com/containers/image: podman, skopeo, CRI-O)
 * - `watch`: HEAD the tag, nothing more (updaters, admission controllers)
 * - `inspect`: GET the index, the platform's manifest and the config (scanners)
 */
type Steps = "docker" | "containers" | "watch" | "inspect";

export interface Client {
  readonly userAgent: string;
  readonly steps: Steps;
  readonly platform: string;
  /** Probability that the image is there already, so that only the first step is seen. */
  readonly cached: number;
  /** Where it runs, which decides who it says it is. */
  readonly runs: "laptop" | "pipeline" | "cluster" | "aws" | "mirror";
}

const client = (
  runs: Client["runs"],
  steps: Steps,
  cached: number,
  userAgent: string,
  platform = "linux/amd64",
): Client => ({ runs, steps, cached, userAgent, platform });

/** In order of how often they are seen. A backslash in an agent is one that Docker really sends. */
export const CLIENTS: readonly Client[] = [
  client("cluster", "docker", 0.6, "containerd/v1.7.23"),
  client(
    "pipeline",
    "docker",
    0.3,
    "docker/27.3.1 go/go1.22.7 git-commit/41ca978 kernel/6.8.0-1017-azure os/linux arch/amd64 UpstreamClient(Docker-Client/27.3.1 \\(linux\\))",
  ),
  client("pipeline", "docker", 0.5, "buildkit/v0.17"),
  client("aws", "docker", 0.7, "containerd/1.7.22"),
  client("cluster", "docker", 0.6, "containerd/v2.0.0", "linux/arm64"),
  client(
    "laptop",
    "docker",
    0.5,
    "docker/27.3.1 go/go1.22.7 git-commit/41ca978 kernel/6.10.14-linuxkit os/linux arch/arm64 UpstreamClient(Docker-Client/27.3.1 \\(darwin\\))",
    "linux/arm64",
  ),
  client("pipeline", "watch", 1, "renovatebot/39.11.5 (https://github.com/renovatebot/renovate)"),
  client("cluster", "containers", 0.6, "cri-o/1.31.2 go/go1.23.3 os/linux arch/amd64"),
  client("pipeline", "containers", 0.2, "kaniko/v1.23.2"),
  client("mirror", "watch", 1, "Artifactory/7.98.9 79809900"),
  client("mirror", "containers", 0.4, "harbor-registry-client"),
  client("laptop", "containers", 0.5, "containers/5.32.2 (github.com/containers/image)"),
  client("pipeline", "inspect", 0, "trivy/0.57.1"),
  client("pipeline", "watch", 1, "crane/v0.20.2 go-containerregistry/v0.20.2"),
  client("cluster", "watch", 1, "cosign/v2.4.1 (linux; amd64)"),
  client("laptop", "docker", 0.5, "podman/5.3.0"),
  client("pipeline", "containers", 0.1, "skopeo/1.16.1"),
  client("pipeline", "inspect", 0, "grype/0.85.0"),
  client("cluster", "watch", 1, "Go-http-client/1.1"),
  client(
    "laptop",
    "docker",
    0.4,
    "docker/24.0.7 go/go1.20.10 git-commit/311b9ff kernel/5.15.167.4-microsoft-standard-WSL2 os/linux arch/amd64 UpstreamClient(Docker-Client/24.0.7 \\(windows\\))",
  ),
  client(
    "aws",
    "docker",
    0.7,
    "docker/25.0.6 go/go1.22.5 git-commit/b08a51f kernel/5.10.228-219.884.amzn2.x86_64 os/linux arch/amd64 UpstreamClient(amazon-ecs-agent)",
  ),
  client("mirror", "watch", 1, "regclient/regsync (v0.7.2)"),
  client("pipeline", "inspect", 0, "syft/1.17.0"),
  client("cluster", "watch", 1, "fluxcd/source-controller v1.4.1"),
  client("pipeline", "containers", 0.2, "oras/1.2.0+abcdef0"),
];
