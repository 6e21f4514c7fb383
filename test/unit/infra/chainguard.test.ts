/** The subscription that a deployment makes at Chainguard. */
import { expect, test } from "vitest";
import { GROUP, synthesizeStack } from "#test/support/stack.ts";

test("the subscription at Chainguard is made only when asked for, after the receiver is public", () => {
  // Not by the text: a view may name Chainguard's images.
  expect(synthesizeStack().terraform["required_providers"]).not.toHaveProperty("chainguard");
  const asked = synthesizeStack({ chainguard: { groups: [GROUP], subscribe: true } });
  expect(asked.terraform["required_providers"].chainguard.source).toBe("chainguard-dev/chainguard");
  expect(asked.one("chainguard_subscription", "chainguard-0")).toMatchObject({
    parent_id: GROUP,
    sink: "${google_cloud_run_v2_service.receiver-us-central1.uri}".replace(
      /.*/,
      asked.output["webhook_url"]?.["value"],
    ),
    depends_on: ["google_cloud_run_v2_service_iam_member.receiver-us-central1-public"],
  });
});
