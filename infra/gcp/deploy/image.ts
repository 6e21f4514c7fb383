/** Builds the services' image with Cloud Build and names it by its digest. */
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUILDS } from "../bucket.ts";
import type { DeployConfig } from "../config.ts";
import { namesOf } from "../names.ts";
import { stopIfInterrupted } from "./apply.ts";
import { DeployError, type Tools } from "./tools.ts";
import { createPatience } from "./transient.ts";

/** What the stack must have before an image can be built, as Terraform names it. */
export const IMAGE_NEEDS = [
  "google_artifact_registry_repository.images",
  "google_artifact_registry_repository_iam_member.images-build",
  "google_project_iam_member.logs-build",
  "google_storage_bucket_iam_member.bucket-build-reads",
] as const;

const HERE = import.meta.dirname;

/**
 * @param dist folder of the bundles (`make build`)
 * @param command what goes on from here after a failure
 * @returns `REGION-docker.pkg.dev/PROJECT/REPOSITORY/services@sha256:…`; what is there already is not built again
 * @throws DeployError when the build fails
 */
export async function buildImage(
  config: DeployConfig,
  dist: string,
  tools: Tools,
  command: string,
): Promise<string> {
  const { project, region } = config;
  const names = namesOf(config);
  const image = `${region}-docker.pkg.dev/${project}/${names.repository}/services`;
  const context = mkdtempSync(join(tmpdir(), "pullhouse-image-"));
  try {
    fillContext(context, dist);
    const base = await baseOf(context, tools);
    const tagged = `${image}:${digestOf(context, base)}`;
    // Without the base's digest the tag does not say whether the base is a newer one by now.
    const present = base.includes("@") ? await digestIn(tagged, tools) : undefined;
    if (present === undefined) {
      const account = `${names.account("build")}@${project}.iam.gserviceaccount.com`;
      const build = [
        "builds",
        "submit",
        context,
        `--config=${join(context, "cloudbuild.yaml")}`,
        `--substitutions=_IMAGE=${tagged},_BASE=${base}`,
        `--service-account=projects/${project}/serviceAccounts/${account}`,
        `--gcs-source-staging-dir=gs://${names.bucket}/${BUILDS}source`,
        `--region=${region}`,
        `--project=${project}`,
        "--quiet",
      ];
      await submit(build, tools, command);
    }
    const digest = present ?? (await digestIn(tagged, tools));
    if (digest === undefined) throw new DeployError(`the build ended, and yet there is no ${tagged}`);
    return `${image}@${digest}`;
  } finally {
    rmSync(context, { recursive: true });
  }
}

/**
 * The build's account got its rights a moment ago, which may not be in effect yet.
 * @throws DeployError when it fails for another reason, or for longer
 */
async function submit(build: readonly string[], tools: Tools, command: string): Promise<void> {
  const patience = createPatience(tools.now);
  for (;;) {
    const lines: string[] = [];
    const code = await tools.stream("gcloud", build, (line) => {
      lines.push(line);
      tools.say(`  ${line}`);
    });
    stopIfInterrupted(tools, command);
    if (code === 0) return;
    const error = { text: lines.join("\n"), address: "build.image" };
    const wait = patience.judge([error], false);
    if (wait === undefined)
      throw new DeployError(`the build failed, as Cloud Build says above; \`${command}\` goes on from here`);
    tools.say(`  waiting for ${wait.transient.waitsFor}; again in ${wait.ms / 1000} s`);
    await tools.pause(wait.ms);
    stopIfInterrupted(tools, command);
  }
}

/** Everything the Dockerfile needs, and nothing else. */
export function fillContext(context: string, dist: string): void {
  cpSync(dist, join(context, "dist"), { recursive: true });
  for (const file of ["Dockerfile", "cloudbuild.yaml"]) cpSync(join(HERE, "..", file), join(context, file));
}

/** The Dockerfile's base by its digest, so that a new base is a new image; by its tag where gcloud cannot tell. */
async function baseOf(context: string, { ask, say }: Tools): Promise<string> {
  const [, tagged] = /^ARG BASE=(\S+)$/m.exec(readFileSync(join(context, "Dockerfile"), "utf8")) ?? [];
  if (tagged === undefined) throw new DeployError("the Dockerfile has no line ARG BASE=…");
  const digest = await ask(
    "gcloud",
    "container",
    "images",
    "describe",
    tagged,
    "--format=value(image_summary.digest)",
    "--quiet",
  );
  if (digest?.startsWith("sha256:")) return `${tagged.replace(/:[^:/]+$/, "")}@${digest}`;
  say(`  gcloud does not name the digest of ${tagged}: the image is built again, on what the tag names now`);
  return tagged;
}

/** The same files on the same base are the same image. */
function digestOf(folder: string, base: string): string {
  const hash = createHash("sha256").update(`${base}\0`);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = files.map((file) => join(file.parentPath, file.name)).toSorted();
  for (const path of paths) {
    const bytes = readFileSync(path);
    hash.update(`${path.slice(folder.length)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex").slice(0, 32);
}

function digestIn(tagged: string, { ask }: Tools): Promise<string | undefined> {
  return ask(
    "gcloud",
    "artifacts",
    "docker",
    "images",
    "describe",
    tagged,
    "--format=value(image_summary.digest)",
  ).then((digest) => (digest?.startsWith("sha256:") ? digest : undefined));
}
