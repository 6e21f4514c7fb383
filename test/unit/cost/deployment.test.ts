/** What the cost model says of the deployment is what the stack deploys. */
import { expect, test } from "vitest";
import { ASSUMPTIONS } from "#services/cli/cost/assumptions.ts";
import { INSTANCE } from "#services/cli/cost/compute.ts";
import { CLASSES } from "#services/cli/cost/storage.ts";
import { synthesizeStack } from "#test/support/stack.ts";

const { resource } = synthesizeStack();
const bodies = (type: string) => Object.values(resource[type] ?? {}) as Record<string, unknown>[];

test("each service has the CPU and the memory that are paid for, and no instance that waits", () => {
  const templates = bodies("google_cloud_run_v2_service").map(({ template }) => template as Template);
  expect(templates).toHaveLength(3);
  for (const { containers, scaling } of templates) {
    expect(scaling.min_instance_count ?? 0).toBe(0);
    expect(containers).toHaveLength(1);
    expect(containers[0]?.resources.limits).toEqual({
      cpu: String(INSTANCE.cpu),
      memory: `${INSTANCE.memory * 1024}Mi`,
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

test("objects get colder after as many days", () => {
  const rules = bodies("google_storage_bucket").flatMap(({ lifecycle_rule: all }) => all as Rule[]);
  const steps = rules
    .filter(({ action }) => action.type === "SetStorageClass")
    .map(({ action, condition }) => [action.storage_class?.toLowerCase(), condition.age]);
  expect(steps).toEqual(CLASSES.slice(1).map(({ name, from }) => [name, from]));
});

interface Rule {
  readonly action: { readonly type: string; readonly storage_class?: string };
  readonly condition: { readonly age: number };
}
