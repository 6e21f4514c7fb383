/** What need not be kept of Cloud Run's logs. */
import { LoggingProjectExclusion } from "@cdktf/provider-google/lib/logging-project-exclusion/index.js";
import type { Context } from "../context.ts";
import { SERVICES } from "../names.ts";

/**
 * Cloud Run logs every request; of those that went well the service's own line says more. At a million events a day these
 * would be the larger half of the logs that are paid for. Metrics count them all the same.
 */
export function excludeRequestLogs({ stack, config, names, apis }: Context): void {
  const services = SERVICES.map((service) => `"${names.service(service)}"`).join(" OR ");
  new LoggingProjectExclusion(stack, "requests-that-went-well", {
    name: `${config.prefix}-requests-that-went-well`,
    description: "The services' own lines say more",
    filter: `resource.type="cloud_run_revision" AND resource.labels.service_name=(${services}) AND log_id("run.googleapis.com/requests") AND httpRequest.status<400`,
    dependsOn: apis,
  });
}
