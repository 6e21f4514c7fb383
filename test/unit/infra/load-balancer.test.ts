/** The load balancer that a deployment may have: closed but for HTTPS, with a limit, and nothing of it unless asked for. */
import { expect, test } from "vitest";
import { readDeployConfig } from "#infra/gcp/config.ts";
import { GROUP, type Resource, type Stack, synthesizeStack } from "#test/support/stack.ts";

const domains = ["events.example.com", "webhooks.example.net"];
const settings = { loadBalancer: { domains }, receiverRegions: ["us-central1", "europe-west1"] };
const stack = synthesizeStack(settings);
const COMPUTE = Object.keys(stack.resource).filter((type) => type.startsWith("google_compute_"));

test("there is none unless it is asked for, and no API for it", () => {
  const { resource, output, all } = synthesizeStack();
  expect(Object.keys(resource).filter((type) => type.startsWith("google_compute_"))).toEqual([]);
  expect(output).not.toHaveProperty("load_balancer_address");
  const apis = (some: Resource[]) => some.map(({ service }) => String(service));
  expect(apis(all("google_project_service"))).not.toContain("compute.googleapis.com");
  expect(apis(stack.all("google_project_service"))).toContain("compute.googleapis.com");
});

test("HTTPS leads to the receiver of every region, and there is no HTTP", () => {
  expect(stack.all("google_compute_global_forwarding_rule")).toEqual([
    expect.objectContaining({
      port_range: "443",
      load_balancing_scheme: "EXTERNAL_MANAGED",
      ip_address: "${google_compute_global_address.balancer-address.id}",
      target: "${google_compute_target_https_proxy.balancer-proxy.id}",
    }),
  ]);
  expect(Object.keys(stack.resource)).not.toContain("google_compute_target_http_proxy");
  const proxy = stack.one("google_compute_target_https_proxy", "balancer-proxy");
  expect(proxy["url_map"]).toBe("${google_compute_url_map.balancer-urls.id}");
  expect(stack.one("google_compute_ssl_policy", "balancer-tls")).toMatchObject({
    min_tls_version: "TLS_1_2",
  });
  expect(stack.one("google_compute_url_map", "balancer-urls")["default_service"]).toBe(
    "${google_compute_backend_service.balancer-backend.id}",
  );
  const backend = stack.one("google_compute_backend_service", "balancer-backend");
  expect((backend["backend"] as Resource[]).map(({ group }) => String(group))).toEqual(
    settings.receiverRegions.map(
      (region) => `\${google_compute_region_network_endpoint_group.balancer-${region}.id}`,
    ),
  );
  for (const region of settings.receiverRegions)
    expect(stack.one("google_compute_region_network_endpoint_group", `balancer-${region}`)).toMatchObject({
      region,
      network_endpoint_type: "SERVERLESS",
      cloud_run: { service: `\${google_cloud_run_v2_service.receiver-${region}.name}` },
    });
});

// https://github.com/terraform-google-modules/terraform-google-lb-http/pull/358 and …/issues/110
test("the backend service says nothing that the API refuses for serverless groups, and logs no address", () => {
  const backend = stack.one("google_compute_backend_service", "balancer-backend");
  for (const refused of ["timeout_sec", "health_checks", "port_name", "log_config"])
    expect(backend).not.toHaveProperty(refused);
  for (const group of backend["backend"] as Resource[]) expect(Object.keys(group)).toEqual(["group"]);
});

test("each address has a limit, above which it is told so; the last rule lets through", () => {
  const policy = (more: object) =>
    synthesizeStack({ loadBalancer: { domains, ...more } }).one(
      "google_compute_security_policy",
      "balancer-limit",
    );
  const { rule } = policy({ requestsPerMinute: 600 });
  expect(rule).toEqual([
    expect.objectContaining({
      action: "throttle",
      priority: 1_000,
      rate_limit_options: {
        conform_action: "allow",
        exceed_action: "deny(429)",
        enforce_on_key: "IP",
        rate_limit_threshold: { count: 600, interval_sec: 60 },
      },
    }),
    expect.objectContaining({ action: "allow", priority: 2_147_483_647 }),
  ]);
  for (const { match } of rule as Resource[])
    expect(match).toEqual({ versioned_expr: "SRC_IPS_V1", config: { src_ip_ranges: ["*"] } });
  expect(
    (policy({ requestsPerMinute: null })["rule"] as Resource[]).map(({ action }) => String(action)),
  ).toEqual(["allow"]);
  expect(stack.one("google_compute_backend_service", "balancer-backend")["security_policy"]).toBe(
    "${google_compute_security_policy.balancer-limit.id}",
  );
});

test("each domain has a certificate of its own, and another domain changes none that is there", () => {
  const certificatesOf = ({ resource }: Stack) => resource["google_compute_managed_ssl_certificate"] ?? {};
  const both = certificatesOf(stack);
  expect(Object.values(both).map(({ managed }) => managed)).toEqual(
    expect.arrayContaining(domains.map((domain) => ({ domains: [domain] }))),
  );
  const one = certificatesOf(synthesizeStack({ loadBalancer: { domains: domains.slice(0, 1) } }));
  expect(Object.keys(one)).toHaveLength(1);
  expect(both).toMatchObject(one);
  const used = stack.one("google_compute_target_https_proxy", "balancer-proxy")["ssl_certificates"];
  expect((used as string[]).toSorted()).toEqual(
    Object.keys(both)
      .map((id) => `\${google_compute_managed_ssl_certificate.${id}.id}`)
      .toSorted(),
  );
});

test("what is in use is replaced before it is removed", () => {
  for (const type of [
    "google_compute_region_network_endpoint_group",
    "google_compute_managed_ssl_certificate",
  ])
    for (const body of stack.all(type)) expect(body["lifecycle"]).toEqual({ create_before_destroy: true });
});

test("the receiver is reached through it only, and senders are told the domain", () => {
  const { output, all } = synthesizeStack({
    ...settings,
    chainguard: { groups: [GROUP], subscribe: true },
  });
  for (const { name, ingress } of all("google_cloud_run_v2_service"))
    expect(ingress).toBe(
      String(name).endsWith("receiver")
        ? "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
        : "INGRESS_TRAFFIC_INTERNAL_ONLY",
    );
  expect(output["webhook_url"]?.["value"]).toBe("https://events.example.com");
  expect(output["subscribe"]?.["value"]).toEqual([expect.stringContaining(" https://events.example.com")]);
  expect(output["environment"]?.["value"]).toContain("RECEIVER_URL='https://events.example.com'");
  expect(all("chainguard_subscription").map(({ sink }) => String(sink))).toEqual([
    "https://events.example.com",
  ]);
  expect(output["load_balancer_address"]).toMatchObject({
    description: expect.stringContaining("DNS A record of events.example.com, webhooks.example.net"),
    value: "${google_compute_global_address.balancer-address.address}",
  });
});

test("both ways are open where somebody moves to it, and senders are told the old one", () => {
  const { output, one } = synthesizeStack({ loadBalancer: { domains }, ingress: "all" });
  expect(one("google_cloud_run_v2_service", "receiver-us-central1")["ingress"]).toBe("INGRESS_TRAFFIC_ALL");
  expect(output["webhook_url"]?.["value"]).toContain(".run.app");
});

// https://docs.cloud.google.com/compute/docs/naming-resources#resource-name-format
test("Google takes every name, with the longest prefix, too, and two prefixes share none", () => {
  const named = (prefix: string) => {
    const { all } = synthesizeStack({ ...settings, prefix });
    return COMPUTE.flatMap((type) => all(type).map(({ name, region }) => [type, name, region].map(String)));
  };
  const [one, other] = [named("x".repeat(20)), named("pullhouse")];
  for (const [, name] of one) expect(name).toMatch(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);
  expect(new Set(one.map(String)).size).toBe(one.length);
  const taken = new Set(other.map(String));
  expect(one.filter((name) => taken.has(String(name)))).toEqual([]);
});

test("every part waits for the API", () => {
  expect(COMPUTE.length).toBe(9);
  for (const type of COMPUTE)
    for (const body of stack.all(type))
      expect(body["depends_on"], type).toContain("google_project_service.api-compute");
});

test.each([
  [{ domains: [] }, "domains"],
  [{ domains: ["Events.example.com"] }, "takes domains"],
  [{ domains: ["*.example.com"] }, "takes domains"],
  [{ domains: ["localhost"] }, "takes domains"],
  [{ domains: [domains[0], domains[0]] }, "takes each domain once"],
  [{ domains, requestsPerMinute: 0 }, "requestsPerMinute"],
  [{ domains, limit: 5 }, "limit"],
])("it is refused: %j", (loadBalancer, message) => {
  const smallest = {
    project: "acme-registry-events",
    region: "us-central1",
    chainguard: { groups: [GROUP] },
  };
  expect(() => readDeployConfig({ ...smallest, loadBalancer }, "x.json")).toThrow(message);
});
