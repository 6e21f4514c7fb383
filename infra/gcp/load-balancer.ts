/** A load balancer in front of the receivers, with a domain, a certificate and a limit on the requests of each address. */
import { createHash } from "node:crypto";
import { ComputeBackendService } from "@cdktf/provider-google/lib/compute-backend-service/index.js";
import { ComputeGlobalAddress } from "@cdktf/provider-google/lib/compute-global-address/index.js";
import { ComputeGlobalForwardingRule } from "@cdktf/provider-google/lib/compute-global-forwarding-rule/index.js";
import { ComputeManagedSslCertificate } from "@cdktf/provider-google/lib/compute-managed-ssl-certificate/index.js";
import { ComputeRegionNetworkEndpointGroup } from "@cdktf/provider-google/lib/compute-region-network-endpoint-group/index.js";
import { ComputeSecurityPolicy } from "@cdktf/provider-google/lib/compute-security-policy/index.js";
import { ComputeSslPolicy } from "@cdktf/provider-google/lib/compute-ssl-policy/index.js";
import { ComputeTargetHttpsProxy } from "@cdktf/provider-google/lib/compute-target-https-proxy/index.js";
import { ComputeUrlMap } from "@cdktf/provider-google/lib/compute-url-map/index.js";
import { TerraformOutput } from "cdktf";
import type { Context } from "./context.ts";
import { enableApi } from "./project.ts";
import type { ServiceParts } from "./services.ts";

/** The API's own number for the rule that decides when no other does. */
const DEFAULT_PRIORITY = 2_147_483_647;
const LIMIT_PRIORITY = 1_000;

/**
 * The global external Application Load Balancer
 * (https://docs.cloud.google.com/load-balancing/docs/https/setup-global-ext-https-serverless). It logs nothing unless told to:
 * the address of an MSR webhook has a secret. There is no HTTP beside HTTPS, since a redirect comes after the secret.
 */
export function createLoadBalancer(parts: Context, { receivers, open }: ServiceParts): void {
  const { stack, config } = parts;
  if (config.loadBalancer === undefined) return;
  const apis = [...parts.apis, enableApi(stack, "compute")];
  const context = { ...parts, apis };
  const { domains } = config.loadBalancer;
  const name = `${config.prefix}-receiver`;
  const groups = [...receivers].map(
    ([region, receiver]) =>
      new ComputeRegionNetworkEndpointGroup(stack, `balancer-${region}`, {
        name,
        region,
        networkEndpointType: "SERVERLESS",
        cloudRun: { service: receiver.name },
        // One that is in use cannot be deleted: when a region is left out, the backend service is changed first.
        lifecycle: { createBeforeDestroy: true },
        dependsOn: apis,
      }),
  );
  const backend = new ComputeBackendService(stack, "balancer-backend", {
    name,
    loadBalancingScheme: "EXTERNAL_MANAGED",
    // No timeout: the API refuses one for such groups (https://github.com/terraform-google-modules/terraform-google-lb-http/pull/358).
    backend: groups.map((group) => ({ group: group.id })),
    securityPolicy: createSecurityPolicy(context, name).id,
    // Who can reach a receiver must be allowed to call it.
    dependsOn: [...apis, ...open],
  });
  const urls = new ComputeUrlMap(stack, "balancer-urls", {
    name,
    defaultService: backend.id,
    dependsOn: apis,
  });
  const proxy = new ComputeTargetHttpsProxy(stack, "balancer-proxy", {
    name,
    urlMap: urls.id,
    sslCertificates: domains.map((domain) => createCertificate(context, name, domain).id),
    sslPolicy: new ComputeSslPolicy(stack, "balancer-tls", {
      name,
      profile: "MODERN",
      minTlsVersion: "TLS_1_2",
      dependsOn: apis,
    }).id,
    dependsOn: apis,
  });
  const address = new ComputeGlobalAddress(stack, "balancer-address", { name, dependsOn: apis });
  new ComputeGlobalForwardingRule(stack, "balancer-rule", {
    name,
    loadBalancingScheme: "EXTERNAL_MANAGED",
    ipAddress: address.id,
    portRange: "443",
    target: proxy.id,
    dependsOn: apis,
  });
  new TerraformOutput(stack, "output-load_balancer_address", {
    description: `The DNS A record of ${domains.join(", ")}; the certificate is made once it points here`,
    value: address.address,
  }).overrideLogicalId("load_balancer_address");
}

/**
 * A throttle, not a ban: whoever slows down gets through again. Each region counts for itself
 * (https://docs.cloud.google.com/armor/docs/rate-limiting-overview).
 */
function createSecurityPolicy({ stack, config, apis }: Context, name: string): ComputeSecurityPolicy {
  const everybody = { versionedExpr: "SRC_IPS_V1", config: { srcIpRanges: ["*"] } };
  const count = config.loadBalancer?.requestsPerMinute ?? null;
  return new ComputeSecurityPolicy(stack, "balancer-limit", {
    name,
    type: "CLOUD_ARMOR",
    rule: [
      ...(count === null
        ? []
        : [
            {
              action: "throttle",
              priority: LIMIT_PRIORITY,
              description: "requests of one address in a minute",
              match: everybody,
              rateLimitOptions: {
                conformAction: "allow",
                exceedAction: "deny(429)",
                enforceOnKey: "IP",
                rateLimitThreshold: { count, intervalSec: 60 },
              },
            },
          ]),
      { action: "allow", priority: DEFAULT_PRIORITY, description: "all others", match: everybody },
    ],
    dependsOn: apis,
  });
}

/**
 * One for each domain: a certificate cannot be changed, and a new one for all would serve none of them until it is
 * provisioned. The name follows from the domain, which may be longer than a name.
 */
function createCertificate(
  { stack, apis }: Context,
  name: string,
  domain: string,
): ComputeManagedSslCertificate {
  const digest = createHash("sha256").update(domain).digest("hex").slice(0, 8);
  return new ComputeManagedSslCertificate(stack, `balancer-certificate-${digest}`, {
    name: `${name}-${digest}`,
    managed: { domains: [domain] },
    // One that is in use cannot be deleted.
    lifecycle: { createBeforeDestroy: true },
    dependsOn: apis,
  });
}
