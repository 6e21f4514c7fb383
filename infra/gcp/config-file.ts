/** Finds `pullhouse.config.json`. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigFileError, type DeployConfig, readDeployConfig } from "./config.ts";

const FILE = "pullhouse.config.json";
const EXAMPLE = "pullhouse.config.example.json";

export interface FoundConfig {
  readonly config: DeployConfig;
  readonly file: string;
  /** Good enough to look at what would be deployed, not to deploy it. */
  readonly isExample: boolean;
}

/** Settings that differ from one environment to the next, over those of the file. */
const VARIABLES = {
  PULLHOUSE_PROJECT: "project",
  PULLHOUSE_REGION: "region",
  PULLHOUSE_PREFIX: "prefix",
} as const;

/**
 * The file that PULLHOUSE_CONFIG names, else `pullhouse.config.json` in the folder, else the example.
 * @throws ConfigFileError when it cannot be read or is wrong
 */
export function readConfigFile(env: NodeJS.ProcessEnv, folder: string): FoundConfig {
  const named = env["PULLHOUSE_CONFIG"] || (existsSync(join(folder, FILE)) ? FILE : undefined);
  const file = named ?? EXAMPLE;
  const settings = parse(join(folder, file), file);
  for (const [variable, setting] of Object.entries(VARIABLES)) {
    const value = env[variable];
    if (value) settings[setting] = value;
  }
  return { config: readDeployConfig(settings, file), file, isExample: named === undefined };
}

function parse(path: string, file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
    throw new Error("it is not a JSON object");
  } catch (error) {
    throw new ConfigFileError(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}
