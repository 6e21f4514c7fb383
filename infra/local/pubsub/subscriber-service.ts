/** The methods of google.pubsub.v1.Subscriber that manage subscriptions. */

import { type PageRequest, page } from "../grpc/page.ts";
import type { Broker } from "./broker.ts";
import { masked } from "./field-mask.ts";
import type { FieldMask, SubscriptionMessage } from "./messages.ts";
import { MAX_PER_PAGE } from "./messages.ts";
import { checkProjectName, checkSubscriptionName, checkTopicName } from "./names.ts";
import { subscriptionSettings } from "./settings.ts";
import { invalidArgument } from "./status-error.ts";
import type { Store } from "./store.ts";
import type { SubscriptionRecord } from "./store-subscriptions.ts";

/** What UpdateSubscription can change here; a push configuration may be named, so that the empty one can be set. */
const CHANGEABLE = [
  "ackDeadlineSeconds",
  "labels",
  "messageRetentionDuration",
  "expirationPolicy",
  "deadLetterPolicy",
  "retryPolicy",
  "pushConfig",
];

export function subscriptionMethods(store: Store, broker: Broker) {
  return {
    CreateSubscription(request: SubscriptionMessage) {
      const name = checkSubscriptionName(request.name);
      const topic = checkTopicName(request.topic);
      return subscriptionMessage(broker.createSubscription(name, topic, subscriptionSettings(request)));
    },

    GetSubscription: ({ subscription }: { subscription: string }) =>
      subscriptionMessage(broker.queue(checkSubscriptionName(subscription)).record),

    UpdateSubscription(request: { subscription: SubscriptionMessage | null; updateMask: FieldMask | null }) {
      if (!request.subscription) throw invalidArgument("The request has no subscription");
      const name = checkSubscriptionName(request.subscription.name);
      const before: SubscriptionMessage = subscriptionMessage(broker.queue(name).record);
      const after = masked(before, request.subscription, request.updateMask, CHANGEABLE);
      return subscriptionMessage(broker.updateSubscription(name, subscriptionSettings(after)));
    },

    ListSubscriptions(request: PageRequest & { project: string }) {
      const project = checkProjectName(request.project);
      const { items, nextPageToken } = page(request, MAX_PER_PAGE, (after, limit) =>
        store.subscriptions.list(project, after, limit),
      );
      return { subscriptions: items.map(subscriptionMessage), nextPageToken };
    },

    DeleteSubscription({ subscription }: { subscription: string }) {
      broker.deleteSubscription(checkSubscriptionName(subscription));
      return {};
    },
  };
}

function subscriptionMessage({ name, topic, settings }: SubscriptionRecord) {
  return { name, topic, ...settings, pushConfig: {}, state: "ACTIVE" };
}
