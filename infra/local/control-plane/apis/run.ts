/** Cloud Run v2: services; nothing is started. */
import { createHash } from "node:crypto";
import { type Call, type Handlers, nextEtag, projectNumber, projectOf, timestamp } from "../call.ts";
import { collectionHandlers, namedIn } from "../collection.ts";
import { type Json, recordAt, recordsAt } from "../json.ts";
import { getOperation } from "../operations.ts";
import { brokenRule } from "../rules/index.ts";

const PREFIX = "run.projects.locations.services";

/** What Cloud Run fills in (https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services). */
function service(resource: Json, call: Call, before: Json | undefined): Json {
  const { world } = call;
  const name = String(resource["name"]);
  const [id, region] = [name.split("/").at(-1) ?? "", name.split("/")[3] ?? ""];
  const project = projectOf(name) ?? "";
  const generation = Number(before?.["generation"] ?? 0) + 1;
  const revision = `${name}/revisions/${id}-${String(generation).padStart(5, "0")}`;
  const hash = createHash("sha256").update(project).digest("hex").slice(0, 10);
  const now = timestamp(world);
  return {
    launchStage: "GA",
    ingress: "INGRESS_TRAFFIC_ALL",
    traffic: [{ type: "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", percent: 100 }],
    ...resource,
    template: template(recordAt(resource, "template")),
    uid: before?.["uid"] ?? `uid-${world.state.next()}`,
    generation: String(generation),
    observedGeneration: String(generation),
    createTime: before?.["createTime"] ?? now,
    updateTime: now,
    creator: "owner@example.com",
    lastModifier: "owner@example.com",
    latestReadyRevision: revision,
    latestCreatedRevision: revision,
    terminalCondition: {
      type: "Ready",
      state: brokenRule(call, "operation") === undefined ? "CONDITION_SUCCEEDED" : "CONDITION_FAILED",
      lastTransitionTime: now,
    },
    uri: `https://${id}-${hash}-uc.a.run.app`,
    // https://cloud.google.com/run/docs/triggering/https-request#deterministic
    urls: [`https://${id}-${projectNumber(project)}.${region}.run.app`, `https://${id}-${hash}-uc.a.run.app`],
    etag: nextEtag(world),
  };
}

function template(given: Json): Json {
  return {
    timeout: "300s",
    maxInstanceRequestConcurrency: 80,
    ...given,
    containers: recordsAt(given, "containers").map((container) => ({
      ...container,
      ports: recordsAt(container, "ports").map((port) => ({ name: "http1", ...port })),
    })),
  };
}

export const RUN: Handlers = {
  ...collectionHandlers({
    prefix: PREFIX,
    schema: "GoogleCloudRunV2Service",
    items: "services",
    created: (call) => `${namedIn(call)}/services/${call.query["serviceId"] ?? ""}`,
    filled: service,
    failure: (call) => brokenRule(call, "operation"),
  }),
  "run.projects.locations.operations.get": getOperation,
};
