/** What the cost model says of the deployment is what the stack deploys. */
import { expect, test } from "vitest";
import { ASSUMPTIONS } from "#services/cli/cost/assumptions.ts";
import { SIZES } from "#services/cli/cost/compute.ts";
import { synthesizeStack } from "#test/support/stack.ts";

const { resource } = synthesizeStack();
const bodies = (type: string) => Object.values(resource[type] ?? {}) as Record<string, unknown>[];

test("each service has the CPU and the memory that are paid for, and no instance that waits", () => {
  const services = bodies("google_cloud_run_v2_service");
  expect(services).toHaveLength(3);
  for (const { name, template } of services) {
    const { containers, scaling } = template as Template;
    const service = String(name).replace("pullhouse-", "") as keyof typeof SIZES;
    expect(scaling.min_instance_count ?? 0).toBe(0);
    expect(containers).toHaveLength(1);
    expect(containers[0]?.resources.limits).toEqual({
      cpu: String(SIZES[service].cpus),
      memory: `${SIZES[service].memory * 1024}Mi`,
    });
    // Else the time between requests would be paid, too.
    expect(containers[0]?.resources.cpu_idle).toBe(true);
  }
});

interface Template {
  readonly scaling: { readonly min_instance_count?: number };
  readonly containers: readonly {
    readonly resources: { readonly limits: object; readonly cpu_idle: boolean };
  }[];
}

test("the safety net has as many jobs, and calls as often", () => {
  const schedules = bodies("google_cloud_scheduler_job").map(({ schedule }) => schedule as string);
  expect(schedules).toHaveLength(ASSUMPTIONS.schedulerJobs.value);
  const everyHours = 24 / ASSUMPTIONS.safetyNetRounds.value;
  for (const schedule of schedules)
    expect(schedule).toMatch(new RegExp(`^\\d+ \\*/${everyHours} \\* \\* \\*$`));
});

test("the alert policies watch as many metrics", () => {
  const policies = JSON.stringify(bodies("google_monitoring_alert_policy"));
  expect(policies.match(/"(?:denominator_)?filter":/g)).toHaveLength(ASSUMPTIONS.alertMetrics.value);
});

test("objects stay in the class that they are written in", () => {
  const rules = bodies("google_storage_bucket").flatMap(({ lifecycle_rule: all }) => all as Rule[]);
  expect(rules.filter(({ action }) => action.type === "SetStorageClass")).toEqual([]);
});

test("Cloud Run's line of a request that went well is not kept", () => {
  expect(bodies("google_logging_project_exclusion")).toHaveLength(1);
});

interface Rule {
  readonly action: { readonly type: string };
}
