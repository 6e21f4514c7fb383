/** What wakes batcher and loader: whom it calls, how often, and with which token. */
import { expect, test } from "vitest";
import { synthesizeStack } from "#test/support/stack.ts";

const stack = synthesizeStack();

test("a queue calls one at a time and does not give up", () => {
  for (const queue of stack.all("google_cloud_tasks_queue")) {
    expect(queue["rate_limits"].max_concurrent_dispatches).toBe(1);
    expect(queue["retry_config"]).toMatchObject({ max_attempts: -1, max_retry_duration: "0s" });
  }
});

test("a queue says whom its tasks call and with which token, whatever a task says, but for the query of a recheck or a rollup", () => {
  for (const [queue, service, path] of [
    ["drain", "batcher", "/drain"],
    ["load", "loader", "/load"],
    ["rollup", "loader", "/load"],
  ] as const) {
    const host = `pullhouse-${service}-\${data.google_project.project.number}.us-central1.run.app`;
    expect(stack.one("google_cloud_tasks_queue", `queue-${queue}`)["http_target"]).toEqual({
      uri_override: {
        scheme: "HTTPS",
        host,
        path_override: { path },
        uri_override_enforce_mode: "ALWAYS",
      },
      oidc_token: {
        service_account_email: "${google_service_account.account-alarms.email}",
        audience: `https://${host}`,
      },
    });
  }
});

test("the safety net calls each worker with a token for it, every six hours", () => {
  for (const [job, service, path] of [
    ["safety-net-drain", "batcher", "/drain"],
    ["safety-net-load", "loader", "/load"],
  ] as const) {
    const { schedule, http_target: target } = stack.one("google_cloud_scheduler_job", job);
    const url = `https://pullhouse-${service}-\${data.google_project.project.number}.us-central1.run.app`;
    expect(schedule).toMatch(/^\d+ \*\/6 \* \* \*$/);
    expect(target.uri).toBe(`${url}${path}`);
    expect(target.oidc_token).toEqual({
      service_account_email: "${google_service_account.account-alarms.email}",
      audience: url,
    });
  }
});
