/** What a deployment prints: commands that can be pasted. */
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { readBatcherConfig } from "#services/batcher/config.ts";
import { readLoaderConfig } from "#services/loader/config.ts";
import { readReceiverConfig } from "#services/receiver/config.ts";
import { GROUP, synthesizeStack } from "#test/support/stack.ts";

test("the outputs are commands that can be pasted", () => {
  const { output } = synthesizeStack();
  const url = "https://pullhouse-receiver-${data.google_project.project.number}.us-central1.run.app";
  expect(output["webhook_url"]?.["value"]).toBe(url);
  expect(output["subscribe"]?.["value"]).toEqual([
    `chainctl events subscriptions create --parent ${GROUP} ${url}`,
  ]);
  expect(output["try"]?.["value"]).toContain("bq query --use_legacy_sql=false");
});

test("one output is the variables by which the commands find the deployment, whatever it is called", () => {
  const { output, one } = synthesizeStack({ prefix: "second", queueSuffix: "b", windowSeconds: 30 });
  // Terraform knows project number and account; a shell would take the text between its braces for a variable.
  const text = String(output["environment"]?.["value"])
    .replace("${google_service_account.account-alarms.email}", "alarms@example.com")
    .replaceAll("${data.google_project.project.number}", "123");
  const printed = execFileSync("sh", ["-c", `${text}\nenv`], { env: {}, encoding: "utf8" });
  const variables = Object.fromEntries(printed.split("\n").map((line) => line.split(/=(.*)/s).slice(0, 2)));
  expect(readBatcherConfig(variables)).toMatchObject({
    subscription: "second-events-batcher",
    windowMs: 30_000,
  });
  expect(readLoaderConfig(variables)).toMatchObject({
    alarm: { queueLoad: "second-load-b", queueRollup: "second-rollup-b" },
  });
  expect(readReceiverConfig(variables).alarm).toEqual(readLoaderConfig(variables).alarm);

  for (const service of ["receiver-us-central1", "batcher", "loader"]) {
    const { env } = one("google_cloud_run_v2_service", service)["template"].containers[0];
    const names = (env as { name: string }[]).map(({ name }) => name);
    expect(names.filter((name) => name !== "NODE_OPTIONS" && !(name in variables))).toEqual([]);
  }
});
