/** What wakes batcher and loader: three task queues, and a safety net every six hours. */

import type { CloudRunV2Service } from "@cdktf/provider-google/lib/cloud-run-v2-service/index.js";
import { CloudRunV2ServiceIamMember } from "@cdktf/provider-google/lib/cloud-run-v2-service-iam-member/index.js";
import { CloudSchedulerJob } from "@cdktf/provider-google/lib/cloud-scheduler-job/index.js";
import { CloudTasksQueue } from "@cdktf/provider-google/lib/cloud-tasks-queue/index.js";
import { CloudTasksQueueIamMember } from "@cdktf/provider-google/lib/cloud-tasks-queue-iam-member/index.js";
import { ServiceAccountIamMember } from "@cdktf/provider-google/lib/service-account-iam-member/index.js";
import { type Context, type Grants, member, serviceUrl } from "./context.ts";
import type { Queue, ServiceName } from "./names.ts";

/** Who asks for which alarm; the batcher arms the next drain itself, as the loader does its load and its rollup. */
const ASKS: Readonly<Record<Queue, readonly ServiceName[]>> = {
  drain: ["receiver", "batcher"],
  load: ["batcher", "loader"],
  rollup: ["loader"],
};

const CALLS: Readonly<Record<Queue, { service: "batcher" | "loader"; path: string }>> = {
  drain: { service: "batcher", path: "/drain" },
  load: { service: "loader", path: "/load" },
  rollup: { service: "loader", path: "/load" },
};

export interface AlarmParts {
  readonly queues: Readonly<Record<Queue, CloudTasksQueue>>;
  readonly grants: Grants;
}

export function createAlarms(context: Context): AlarmParts {
  const { stack, config, names, accounts, apis } = context;
  const grants: Grants = [];
  const queue = (name: Queue) => {
    const { service, path } = CALLS[name];
    const audience = serviceUrl(context, service, config.region);
    const made = new CloudTasksQueue(stack, `queue-${name}`, {
      name: names.queues[name],
      location: config.region,
      // One round at a time, and a failed one is tried until it works: a task queue has no dead letters.
      rateLimits: { maxConcurrentDispatches: 1, maxDispatchesPerSecond: 1 },
      retryConfig: {
        maxAttempts: -1,
        minBackoff: "1s",
        maxBackoff: "30s",
        maxDoublings: 5,
        maxRetryDuration: "0s",
      },
      // Over what a task says, so that whoever may create one cannot send the alarms' token elsewhere. The query stays the
      // task's, since nothing overrides it: a drain may be a recheck, and a rollup is a load that counts days
      // (https://cloud.google.com/tasks/docs/configuring-queues#routing;
      // https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues#urioverride).
      httpTarget: {
        uriOverride: {
          scheme: "HTTPS",
          host: audience.replace("https://", ""),
          pathOverride: { path },
          uriOverrideEnforceMode: "ALWAYS",
        },
        oidcToken: { serviceAccountEmail: accounts.alarms.email, audience },
      },
      dependsOn: apis,
    });
    for (const asker of ASKS[name])
      grants.push(
        new CloudTasksQueueIamMember(stack, `queue-${name}-${asker}`, {
          name: made.name,
          location: config.region,
          role: "roles/cloudtasks.enqueuer",
          member: member(context, asker),
        }),
      );
    return made;
  };
  const queues = { drain: queue("drain"), load: queue("load"), rollup: queue("rollup") };
  // A task calls as the alarms' account, which whoever creates one must be allowed to act as.
  for (const asker of new Set(Object.values(ASKS).flat()))
    grants.push(
      new ServiceAccountIamMember(stack, `alarms-${asker}`, {
        serviceAccountId: accounts.alarms.name,
        role: "roles/iam.serviceAccountUser",
        member: member(context, asker),
      }),
    );
  return { queues, grants };
}

/** Not the clock of the pipeline: it comes when an alarm never did. */
export function createSafetyNet(
  context: Context,
  services: Readonly<Record<"batcher" | "loader", CloudRunV2Service>>,
): CloudSchedulerJob[] {
  const { stack, config, names, accounts } = context;
  return (["drain", "load"] as const).map((name) => {
    const { service, path } = CALLS[name];
    const mayCall = new CloudRunV2ServiceIamMember(stack, `${service}-alarms`, {
      name: services[service].name,
      location: config.region,
      role: "roles/run.invoker",
      member: member(context, "alarms"),
    });
    const audience = serviceUrl(context, service, config.region);
    return new CloudSchedulerJob(stack, `safety-net-${name}`, {
      name: `${names.service(service)}-safety-net`,
      region: config.region,
      description: `Calls the ${service}, should an alarm ever be lost`,
      // The load comes after the drain's rows.
      schedule: name === "drain" ? "7 */6 * * *" : "12 */6 * * *",
      timeZone: "Etc/UTC",
      attemptDeadline: "600s",
      retryConfig: { retryCount: 3, minBackoffDuration: "30s" },
      httpTarget: {
        httpMethod: "POST",
        uri: `${audience}${path}`,
        oidcToken: { serviceAccountEmail: accounts.alarms.email, audience },
      },
      dependsOn: [mayCall],
    });
  });
}
