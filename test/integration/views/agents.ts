/** User agents as programs write them, and what they say. */

export interface Agent {
  readonly agent: string;
  readonly client: string;
  readonly version?: string;
  readonly os?: string;
  readonly arch?: string;
}

const on = (os: string, arch: string) => ({ os, arch });

export const AGENTS: readonly Agent[] = [
  {
    agent:
      "docker/24.0.7 go/go1.20.10 git-commit/311b9ff kernel/5.15.167.4-microsoft-standard-WSL2 os/linux arch/amd64 UpstreamClient(Docker-Client/24.0.7 \\(windows\\))",
    client: "docker",
    version: "24.0.7",
    ...on("linux", "amd64"),
  },
  { agent: "Docker-Client/27.0 (darwin)", client: "docker", version: "27.0", os: "darwin" },
  { agent: "containerd/v1.7.23", client: "containerd", version: "1.7.23" },
  { agent: "containerd/1.7.2+unknown", client: "containerd", version: "1.7.2" },
  { agent: "buildkit/v0.17", client: "buildkit", version: "0.17" },
  { agent: "podman/5.3.0", client: "podman", version: "5.3.0" },
  {
    agent: "containers/5.32.2 (github.com/containers/image)",
    client: "containers/image",
    version: "5.32.2",
  },
  {
    agent: "cri-o/1.31.2 go/go1.23.3 os/linux arch/arm64",
    client: "cri-o",
    version: "1.31.2",
    ...on("linux", "arm64"),
  },
  { agent: "crane/v0.20.2 go-containerregistry/v0.20.2", client: "crane", version: "0.20.2" },
  { agent: "kaniko/unset go-containerregistry/v0.19.1", client: "kaniko" },
  { agent: "skopeo/1.16.1", client: "skopeo", version: "1.16.1" },
  { agent: "Go-http-client/1.1", client: "go http", version: "1.1" },
  // A development build has no version, the kernel's is not its own.
  {
    agent:
      "docker/dev go/go1.20.4 git-commit/8d67d0c1a8 kernel/10.0 20348 (20348.1.amd64fre.fe_release.210507-1500) os/windows arch/amd64",
    client: "docker",
    ...on("windows", "amd64"),
  },
  { agent: "diun/4.28.0 go/1.22.2 Linux", client: "diun", version: "4.28.0", os: "linux" },
  {
    agent:
      "dependabot-core/0.212.0 excon/1.2.1 ruby/3.1.4 (x86_64-linux) (+https://github.com/dependabot/dependabot-core)",
    client: "dependabot",
    version: "0.212.0",
    ...on("linux", "amd64"),
  },
  { agent: "x/1.0 (arm64-darwin)", client: "x", version: "1.0", ...on("darwin", "arm64") },
  {
    agent: "RenovateBot/39.11.5 (https://github.com/renovatebot/renovate)",
    client: "renovate",
    version: "39.11.5",
  },
  { agent: "trivy/0.57.1", client: "trivy", version: "0.57.1" },
  { agent: "grype/0.85.0", client: "grype", version: "0.85.0" },
  { agent: "Artifactory/7.98.9 79809900", client: "artifactory", version: "7.98.9" },
  {
    agent: "Nexus/3.75.1-01 (PRO; Linux; 5.15.0; amd64; 17.0.13)",
    client: "nexus",
    version: "3.75.1-01",
    ...on("linux", "amd64"),
  },
  { agent: "harbor-registry-client", client: "harbor" },
  { agent: "cosign/v2.4.1 (linux; amd64)", client: "cosign", version: "2.4.1", ...on("linux", "amd64") },
  { agent: "regclient/regsync (v0.7.2)", client: "regsync", version: "0.7.2" },
  { agent: "fluxcd/source-controller v1.4.1", client: "flux", version: "1.4.1" },
  { agent: "oras/1.2.0+abcdef0", client: "oras", version: "1.2.0" },
  { agent: "x (Linux; aarch64)", client: "x", ...on("linux", "arm64") },
  {
    agent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    client: "browser",
    version: "5.0",
    ...on("linux", "amd64"),
  },
];
