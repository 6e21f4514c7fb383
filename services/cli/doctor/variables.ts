/** The services' variables as they are set here, read by the services' own parsers. */
import { readBatcherConfig } from "#services/batcher/config.ts";
import { readLoaderConfig } from "#services/loader/config.ts";
import { readReceiverConfig } from "#services/receiver/config.ts";
import type { Env } from "#services/shared/config.ts";
import { PipelineError } from "#services/shared/errors.ts";
import type { Finding, Part } from "./check.ts";
import type { Exam } from "./exam.ts";

const SERVICES = [
  ["receiver", readReceiverConfig],
  ["batcher", readBatcherConfig],
  ["loader", readLoaderConfig],
] as const;

/** What a service cannot start without: here they may well be unset, since they are set where the service runs. */
const REQUIRED = {
  GCS_BUCKET: "unset",
  BATCHER_URL: "https://unset.invalid",
  LOADER_URL: "https://unset.invalid",
} as const;

/** A receiver wants one sender at least. */
const ANY_SENDER = { CHAINGUARD_GROUP: "unset" } as const;

export function variablesPart({ variables, deployment }: Exam): Part {
  const what = "variables";
  return {
    what,
    look: async () => {
      const broken = SERVICES.flatMap(([service, read]): Finding[] =>
        problemsOf(read, variables).map((found) => ({
          verdict: "broken",
          what: `variables of the ${service}`,
          found,
          advice: "docs/operate/configuration.md; a service that reads this does not start",
        })),
      );
      if (broken.length > 0) return unique(broken);
      const unset = Object.keys(REQUIRED).filter((name) => !variables[name]);
      if (unset.length === 0)
        return [{ verdict: "ok", what, found: "all three services would start with them" }];
      const found = `${unset.join(", ")}: not set here, so what the services have is not known`;
      const advice = `gcloud run services describe SERVICE --project=${deployment.project} --region=${deployment.location}`;
      return [{ verdict: "look", what, found, advice }];
    },
  };
}

function problemsOf(read: (env: Env) => unknown, variables: Env): readonly string[] {
  try {
    read({ ...REQUIRED, ...ANY_SENDER, ...variables });
    return [];
  } catch (error) {
    if (error instanceof PipelineError && error.code === "CONFIG_INVALID") return error.message.split("\n");
    throw error;
  }
}

/** What all services read is told once. */
function unique(findings: readonly Finding[]): readonly Finding[] {
  const first = new Map<string, Finding>();
  for (const finding of findings) {
    const known = first.get(finding.found);
    first.set(finding.found, known ? { ...known, what: "variables of every service" } : finding);
  }
  return [...first.values()];
}
