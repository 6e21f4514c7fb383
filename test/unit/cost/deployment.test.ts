/** What the cost model says of the deployment is what the stack deploys. */
import { expect, test } from "vitest";
import { ASSUMPTIONS } from "#services/cli/cost/assumptions.ts";
import { SIZES } from "#services/cli/cost/compute.ts";
import { ALWAYS_FROM, RECEIVER_SHAPES, SMALL_FROM } from "#services/shared/receiver-shape.ts";
import { synthesizeStack } from "#test/support/stack.ts";

const { resource } = synthesizeStack();
const bodies = (type: string) => Object.values(resource[type] ?? {}) as Record<string, unknown>[];

test("each service has the CPU and the memory that are paid for, and no instance that waits", () => {
  const services = bodies("google_cloud_run_v2_service");
  expect(services).toHaveLength(3);
  for (const { name, template } of services) {
    const { containers, scaling } = template as Template;
    const service = String(name).replace("pullhouse-", "");
    if (service === "receiver") continue;
    const { cpus, memory } = SIZES[service as keyof typeof SIZES];
    expect(scaling.min_instance_count ?? 0).toBe(0);
    expect(containers).toHaveLength(1);
    expect(containers[0]?.resources.limits).toEqual({
      cpu: String(cpus),
      memory: `${memory * 1024}Mi`,
    });
    // Else the time between requests would be paid, too.
    expect(containers[0]?.resources.cpu_idle).toBe(true);
  }
});

test.each([
  ["few events, or nobody said how many", {}, "shared", 20],
  ["few events", { eventsPerDay: SMALL_FROM - 1 }, "shared", 20],
  ["some events", { eventsPerDay: SMALL_FROM }, "small", 100],
  ["some events and few receivers", { eventsPerDay: ALWAYS_FROM - 1, maxReceivers: 3 }, "small", 15],
  ["many events", { eventsPerDay: ALWAYS_FROM }, "always", 20],
] as const)("the receiver has the shape that is paid for: %s", (_what, settings, shape, instances) => {
  const { one } = synthesizeStack(settings);
  const { template } = one("google_cloud_run_v2_service", "receiver-us-central1") as { template: Template };
  const { cpus, memoryMib, concurrency, billing } = RECEIVER_SHAPES[shape];
  expect(template.containers[0]?.resources).toMatchObject({
    limits: { cpu: String(cpus), memory: `${memoryMib}Mi` },
    // Else the time between requests would be paid, too.
    cpu_idle: billing === "requests",
  });
  expect(template.max_instance_request_concurrency).toBe(concurrency);
  expect(template.scaling.max_instance_count).toBe(instances);
  expect(template.scaling.min_instance_count ?? 0).toBe(0);
});

// https://cloud.google.com/run/docs/configuring/services/cpu
test("less than one vCPU comes with what Cloud Run demands for it", () => {
  const { all } = synthesizeStack({ eventsPerDay: SMALL_FROM });
  const small = (all("google_cloud_run_v2_service") as { template: Template }[]).filter(
    ({ template }) => Number(template.containers[0]?.resources.limits.cpu) < 1,
  );
  // The receiver, the batcher beside it, and the loader.
  expect(small).toHaveLength(3);
  for (const { template } of small) {
    expect(template.max_instance_request_concurrency).toBe(1);
    expect(template.execution_environment).toBe("EXECUTION_ENVIRONMENT_GEN1");
    expect(template.containers[0]?.resources.cpu_idle).toBe(true);
    expect(Number.parseInt(template.containers[0]?.resources.limits.memory ?? "", 10)).toBeLessThanOrEqual(
      512,
    );
  }
});

interface Template {
  readonly scaling: { readonly min_instance_count?: number; readonly max_instance_count: number };
  readonly max_instance_request_concurrency: number;
  readonly execution_environment: string;
  readonly containers: readonly {
    readonly resources: {
      readonly limits: { readonly cpu: string; readonly memory: string };
      readonly cpu_idle: boolean;
    };
  }[];
}

test("the safety net has as many jobs, and calls as often", () => {
  const schedules = bodies("google_cloud_scheduler_job").map(({ schedule }) => schedule as string);
  expect(schedules).toHaveLength(ASSUMPTIONS.schedulerJobs.value);
  const everyHours = 24 / ASSUMPTIONS.safetyNetRounds.value;
  for (const schedule of schedules)
    expect(schedule).toMatch(new RegExp(`^\\d+ \\*/${everyHours} \\* \\* \\*$`));
});

test("the alert policies watch as many log filters", () => {
  const policies = JSON.stringify(bodies("google_monitoring_alert_policy"));
  expect(policies.match(/"(?:denominator_)?filter":/g)).toHaveLength(ASSUMPTIONS.alertMetrics.value);
});

test("objects stay in the class that they are written in", () => {
  const rules = bodies("google_storage_bucket").flatMap(({ lifecycle_rule: all = [] }) => all as Rule[]);
  expect(rules.length).toBeGreaterThan(0);
  expect(rules.filter(({ action }) => action.type === "SetStorageClass")).toEqual([]);
});

test("Cloud Run's line of a request that went well is not kept", () => {
  expect(bodies("google_logging_project_exclusion")).toHaveLength(1);
});

interface Rule {
  readonly action: { readonly type: string };
}
