/** Looks at a topic and its subscriptions: settings and permissions, never messages. */
import { PubSub } from "@google-cloud/pubsub";
import { grantedOr, orMissing } from "./looked.ts";

export interface QueueLookOptions {
  readonly project: string;
  readonly requestTimeoutMs: number;
  /** `host:port` of a stand-in. */
  readonly emulatorHost?: string;
  /** Asked before every call; what it rejects with is the call's failure. */
  readonly ready: () => Promise<unknown>;
}

/** https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#subscription */
interface SubscriptionSettings {
  /** Full name; `_deleted-topic_` once the topic is gone. */
  readonly topic: string;
  readonly retentionSeconds: number;
  /** Of inactivity, after which the subscription is deleted; `undefined`: never. */
  readonly expiresAfterSeconds?: number;
  /** Full name of the topic of dead letters. */
  readonly deadLetterTopic?: string;
  readonly isPush: boolean;
}

export interface QueueLook {
  hasTopic(id: string): Promise<boolean>;
  /** Names of the topic's subscriptions; `undefined` when there is no such topic. */
  subscriptionsOf(topic: string): Promise<readonly string[] | undefined>;
  subscription(id: string): Promise<SubscriptionSettings | undefined>;
  /** Those of the permissions that the caller has; `undefined` where that cannot be asked. */
  granted(
    kind: "topic" | "subscription",
    id: string,
    permissions: readonly string[],
  ): Promise<readonly string[] | undefined>;
  close(): Promise<void>;
}

interface Seconds {
  readonly seconds?: string | number | { toString(): string } | null;
}

export function createQueueLook(options: QueueLookOptions): QueueLook {
  const { project, requestTimeoutMs, emulatorHost, ready } = options;
  const client = new PubSub({
    projectId: project,
    ...(emulatorHost === undefined ? {} : { apiEndpoint: emulatorHost, emulatorMode: true }),
  });
  // One try: who looks wants to know that it does not answer.
  const once = { timeout: requestTimeoutMs, retry: null };
  const code = "QUEUE_UNAVAILABLE";
  return {
    async hasTopic(id) {
      return (
        (await orMissing(
          code,
          ready().then(() => client.topic(id).getMetadata(once)),
        )) !== undefined
      );
    },
    async subscriptionsOf(topic) {
      const found = await orMissing(
        code,
        ready().then(() => client.topic(topic).getSubscriptions({ gaxOpts: once })),
      );
      return found?.[0].map(({ name }) => name.slice(name.lastIndexOf("/") + 1));
    },
    async subscription(id) {
      const found = await orMissing(
        code,
        ready().then(() => client.subscription(id).getMetadata(once)),
      );
      if (found === undefined) return undefined;
      const [{ topic, messageRetentionDuration, expirationPolicy, deadLetterPolicy, pushConfig }] = found;
      const ttl = (expirationPolicy as { ttl?: Seconds | null } | null | undefined)?.ttl;
      const deadLetterTopic = deadLetterPolicy?.deadLetterTopic;
      return {
        topic: topic ?? "",
        retentionSeconds: secondsOf(messageRetentionDuration),
        ...(ttl ? { expiresAfterSeconds: secondsOf(ttl) } : {}),
        ...(deadLetterTopic ? { deadLetterTopic } : {}),
        isPush: Boolean(pushConfig?.pushEndpoint),
      };
    },
    granted(kind, id, permissions) {
      const asking = ready().then(() => client[kind](id).iam.testPermissions([...permissions], once));
      return grantedOr(
        code,
        asking.then(([answer]) => permissions.filter((permission) => hasPermission(answer, permission))),
      );
    },
    close: () => client.close(),
  };
}

function secondsOf(duration: Seconds | null | undefined): number {
  return Number(duration?.seconds ?? 0);
}

/** The client's answer is an object with a truth value for each permission that was asked for. */
function hasPermission(answer: unknown, permission: string): boolean {
  return (answer as Record<string, boolean | undefined>)[permission] === true;
}
