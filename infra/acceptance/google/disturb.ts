/** How a run disturbs a deployment on Google Cloud. */

import type { DeployConfig } from "../../gcp/config.ts";
import { namesOf, type ServiceName } from "../../gcp/names.ts";
import { gcloud, type RunCommand } from "../commands.ts";
import type { Deployment } from "../deployment.ts";

/** Without it the loader reads and loads, and every MERGE is refused (infra/gcp/warehouse.ts). */
const MERGE_PERMISSION = "bigquery.tables.updateData";

/**
 * Nobody can send a signal to an instance of Cloud Run. The harshest end from outside is a deleted revision: its instances get
 * SIGTERM, and SIGKILL ten seconds later (https://cloud.google.com/run/docs/samples/cloudrun-sigterm-handler,
 * https://cloud.google.com/run/docs/container-contract#instance-shutdown).
 */
export function disturbances(
  config: DeployConfig,
  run: RunCommand,
): Pick<Deployment, "kill" | "refuseMerges" | "allowMerges"> {
  const { project, region } = config;
  const names = namesOf(config);
  const there = [`--project=${project}`, `--region=${region}`];
  let kills = 0;
  const changeRole = async (change: "--add-permissions" | "--remove-permissions") => {
    await gcloud(run, [
      "iam",
      "roles",
      "update",
      names.loaderRole,
      `--project=${project}`,
      `${change}=${MERGE_PERMISSION}`,
    ]);
  };
  return {
    async kill(service: ServiceName) {
      const name = names.service(service);
      const old = await gcloud(run, [
        "run",
        "services",
        "describe",
        name,
        ...there,
        "--format=value(status.latestReadyRevisionName)",
      ]);
      kills += 1;
      // Another variable is another revision, which takes all requests once it is ready.
      await gcloud(run, [
        "run",
        "services",
        "update",
        name,
        ...there,
        `--update-env-vars=ACCEPTANCE_KILLS=${kills}`,
      ]);
      await gcloud(run, ["run", "revisions", "delete", old, ...there]);
      return `revision ${old} replaced and deleted`;
    },
    refuseMerges: () => changeRole("--remove-permissions"),
    allowMerges: () => changeRole("--add-permissions"),
  };
}
