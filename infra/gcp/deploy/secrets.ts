/** A receiver cannot start with a secret that has no value. */
import type { DeployConfig } from "../config.ts";
import { namesOf } from "../names.ts";
import { DeployError, type Tools } from "./tools.ts";

/** @returns for each secret without a value the command that gives it one */
export async function secretsWithoutValue(
  config: DeployConfig,
  { ask }: Pick<Tools, "ask">,
): Promise<readonly string[]> {
  const names = namesOf(config);
  const missing: string[] = [];
  for (const variable of config.secrets) {
    const secret = names.secret(variable);
    const version = await ask(
      "gcloud",
      "secrets",
      "versions",
      "list",
      secret,
      "--filter=state=ENABLED",
      "--limit=1",
      "--format=value(name)",
      `--project=${config.project}`,
      "--quiet",
    );
    if (!version)
      missing.push(
        `  printf %s "$${variable}" | gcloud secrets versions add ${secret} --data-file=- --project=${config.project}`,
      );
  }
  return missing;
}

/** @throws DeployError naming each secret without a value, and the command that gives it one */
export async function checkSecrets(config: DeployConfig, tools: Pick<Tools, "ask">): Promise<void> {
  const missing = await secretsWithoutValue(config, tools);
  if (missing.length > 0)
    throw new DeployError(
      [
        "the secrets are there, and these have no value yet. Give them one, then deploy again:",
        ...missing,
      ].join("\n"),
    );
}

/** As Terraform names them; they are created before the rest, so that they can be given a value. */
export function secretTargets({ secrets }: DeployConfig): readonly string[] {
  return secrets.map((variable) => `google_secret_manager_secret.secret-${variable}`);
}
