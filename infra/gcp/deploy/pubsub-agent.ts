/** Makes sure that Pub/Sub's own account exists before anything is granted to it. */
import type { DeployConfig } from "../config.ts";
import type { Tools } from "./tools.ts";

/**
 * Some of Google's accounts come with the first use of their API, which is too late for a grant
 * (https://cloud.google.com/iam/docs/create-service-agents). Asking again for one that exists changes nothing.
 */
export async function createPubSubAgent({ project }: DeployConfig, { ask, say }: Tools): Promise<void> {
  const answer = await ask(
    "gcloud",
    "beta",
    "services",
    "identity",
    "create",
    "--service=pubsub.googleapis.com",
    `--project=${project}`,
    "--quiet",
  );
  say(
    answer === undefined
      ? "  gcloud beta services identity create failed; if Pub/Sub's account is missing, Terraform says so below"
      : "  Pub/Sub's own account is there",
  );
}
