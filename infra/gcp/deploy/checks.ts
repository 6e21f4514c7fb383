/** What must be there before anything is changed; every answer is asked for, so that one run names all that is missing. */
import type { DeployConfig } from "../config.ts";
import { adviceOnPublicAccess } from "./public-access.ts";
import { DeployError, type Tools } from "./tools.ts";

interface Check {
  readonly name: string;
  /** What is wrong and what to do about it; `undefined` when it is right. */
  readonly look: () => Promise<string | undefined>;
  /** Without it none of those after it can be asked. */
  readonly isNeededByRest?: true;
}

/** Of Terraform and OpenTofu alike; CDKTF's output needs no more. */
const OLDEST_TERRAFORM = [1, 5] as const;

/** @throws DeployError with one line per problem */
export async function checkAll(config: DeployConfig, terraform: string, tools: Tools): Promise<void> {
  const problems: string[] = [];
  for (const { name, look, isNeededByRest } of checksOf(config, terraform, tools)) {
    const problem = await look();
    tools.say(`  ${problem === undefined ? "ok     " : "missing"} ${name}`);
    if (problem === undefined) continue;
    problems.push(problem);
    if (isNeededByRest) break;
  }
  if (problems.length > 0)
    throw new DeployError(["nothing was changed; first:", ...problems.map((line) => `  ${line}`)].join("\n"));
}

function checksOf(config: DeployConfig, terraform: string, tools: Tools): readonly Check[] {
  const { project, state } = config;
  const { ask } = tools;
  const gcloud = (...args: string[]) => ask("gcloud", ...args, "--quiet");
  return [
    {
      name: terraform,
      look: async () => {
        const version = await ask(terraform, "version", "-json");
        const [, major = 0, minor = 0] = /"terraform_version": ?"(\d+)\.(\d+)/.exec(version ?? "") ?? [];
        const [oldMajor, oldMinor] = OLDEST_TERRAFORM;
        const isNewEnough =
          Number(major) > oldMajor || (Number(major) === oldMajor && Number(minor) >= oldMinor);
        return isNewEnough
          ? undefined
          : `install Terraform or OpenTofu ${OLDEST_TERRAFORM.join(".")} or newer; TERRAFORM=tofu names another command`;
      },
    },
    {
      name: "gcloud",
      isNeededByRest: true,
      look: async () =>
        (await gcloud("version")) === undefined
          ? "install the Google Cloud CLI: https://cloud.google.com/sdk/docs/install"
          : undefined,
    },
    {
      name: "an account of gcloud",
      isNeededByRest: true,
      look: async () =>
        (await gcloud("auth", "list", "--filter=status:ACTIVE", "--format=value(account)"))
          ? undefined
          : "gcloud auth login",
    },
    {
      name: "credentials for Terraform",
      look: async () =>
        (await gcloud("auth", "application-default", "print-access-token")) === undefined
          ? "gcloud auth application-default login"
          : undefined,
    },
    {
      name: `project ${project}`,
      look: async () =>
        (await gcloud("projects", "describe", project, "--format=value(projectNumber)"))
          ? undefined
          : `gcloud projects create ${project}, or ask for access to it (roles/owner, or those in docs/operate/security.md)`,
    },
    {
      name: "billing",
      look: async () =>
        (await gcloud("billing", "projects", "describe", project, "--format=value(billingEnabled)")) ===
        "True"
          ? undefined
          : `gcloud billing projects link ${project} --billing-account=…  (gcloud billing accounts list)`,
    },
    {
      name: "the APIs by which Terraform enables the others",
      look: async () => {
        const needed = ["cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com"];
        const enabled = await gcloud(
          "services",
          "list",
          "--enabled",
          `--project=${project}`,
          "--format=value(config.name)",
        );
        const missing = needed.filter((api) => !enabled?.split("\n").includes(api));
        return missing.length === 0
          ? undefined
          : `gcloud services enable ${missing.join(" ")} --project=${project}`;
      },
    },
    {
      name: "policies of the organisation on public access, as far as they can be read",
      look: () => adviceOnPublicAccess(config, tools),
    },
    ...(state === undefined
      ? []
      : [
          {
            name: `bucket ${state.bucket} of Terraform's state`,
            look: async () =>
              (await gcloud("storage", "buckets", "describe", `gs://${state.bucket}`, "--format=value(name)"))
                ? undefined
                : `gcloud storage buckets create gs://${state.bucket} --project=${project} --uniform-bucket-level-access --public-access-prevention && ${keepVersions(state.bucket)}`,
          },
          {
            // A state that was overwritten or deleted can be had back only from there
            // (https://developer.hashicorp.com/terraform/language/backend/gcs).
            name: `versions of gs://${state.bucket}`,
            look: async () => {
              const text = await gcloud(
                "storage",
                "buckets",
                "describe",
                `gs://${state.bucket}`,
                "--format=json",
              );
              return !text || isVersioned(text) ? undefined : keepVersions(state.bucket);
            },
          },
        ]),
  ];
}

/** `gcloud storage buckets create` has no such flag (https://cloud.google.com/sdk/gcloud/reference/storage/buckets/update). */
function keepVersions(bucket: string): string {
  return `gcloud storage buckets update gs://${bucket} --versioning`;
}

function isVersioned(description: string): boolean {
  const { versioning_enabled: isOn } = JSON.parse(description) as { versioning_enabled?: boolean };
  return isOn === true;
}
