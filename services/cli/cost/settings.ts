/** The services' settings as a deployment has them that sets nothing but its window. */
import { readBatcherConfig } from "#services/batcher/config.ts";
import { readLoaderConfig } from "#services/loader/config.ts";
import { EnvReader, readServiceConfig } from "#services/shared/config.ts";
import type { Settings } from "./calls.ts";

/** The names are only there because the services ask for them. */
export function defaults(windowSeconds?: number): { settings: Settings; windowSeconds: number } {
  const env = {
    GOOGLE_CLOUD_PROJECT: "any-project",
    GCS_BUCKET: "any-bucket",
    BATCHER_URL: "https://batcher.example",
    LOADER_URL: "https://loader.example",
    ...(windowSeconds === undefined ? {} : { WINDOW_SECONDS: String(windowSeconds) }),
  };
  return {
    settings: { drain: readBatcherConfig(env).limits, load: readLoaderConfig(env).limits },
    windowSeconds: readServiceConfig(new EnvReader(env), 0).windowMs / 1000,
  };
}
