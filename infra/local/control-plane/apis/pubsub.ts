/** Pub/Sub: topics and subscriptions. */
import { AGENTS, createAgent } from "../accounts.ts";
import { type Call, type Handlers, projectOf } from "../call.ts";
import { collectionHandlers, namedIn } from "../collection.ts";
import { type Json, recordAt, textAt } from "../json.ts";

const WEEK = "604800s";

/** https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions: what is filled in. */
function subscription(resource: Json): Json {
  const storage = resource["cloudStorageConfig"];
  return {
    ackDeadlineSeconds: 10,
    messageRetentionDuration: WEEK,
    pushConfig: {},
    // 31 days; an empty policy says never.
    expirationPolicy: { ttl: "2678400s" },
    ...resource,
    state: "ACTIVE",
    ...(storage === undefined ? {} : { cloudStorageConfig: { ...(storage as Json), state: "ACTIVE" } }),
  };
}

/** In a patch, the resource is beside its mask. */
const inBody = (field: string) => (call: Call) =>
  call.method.id.endsWith(".patch") ? recordAt(call.body, field) : call.body;
const maskIn = ({ body, query }: Call) => query["updateMask"] ?? textAt(body, "updateMask");

export const PUBSUB: Handlers = {
  ...collectionHandlers({
    prefix: "pubsub.projects.topics",
    schema: "Topic",
    items: "topics",
    created: namedIn,
    resourceIn: inBody("topic"),
    maskIn,
    filled: (topic) => ({ ...topic, state: "ACTIVE" }),
    // The agent is there once the API is used (https://cloud.google.com/iam/docs/service-agents#grant).
    afterCreate: (call, name) => createAgent(call.world, AGENTS.pubsub(projectOf(name) ?? "")),
  }),
  ...collectionHandlers({
    prefix: "pubsub.projects.subscriptions",
    schema: "Subscription",
    items: "subscriptions",
    created: namedIn,
    resourceIn: inBody("subscription"),
    maskIn,
    filled: subscription,
  }),
};
