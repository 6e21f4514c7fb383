/** The methods of google.pubsub.v1.Publisher. */

import { type PageRequest, page } from "../grpc/page.ts";
import type { Broker } from "./broker.ts";
import { masked } from "./field-mask.ts";
import type { FieldMask, PubsubMessage, TopicMessage } from "./messages.ts";
import { MAX_PER_PAGE } from "./messages.ts";
import { checkProjectName, checkTopicName } from "./names.ts";
import { checkPublish } from "./publish-limits.ts";
import { topicSettings } from "./settings.ts";
import { alreadyExists, invalidArgument } from "./status-error.ts";
import type { Store } from "./store.ts";
import type { TopicRecord } from "./store-topics.ts";

const CHANGEABLE = ["labels", "messageRetentionDuration"];

export function publisherMethods(store: Store, broker: Broker) {
  return {
    CreateTopic(request: TopicMessage): TopicMessage {
      const name = checkTopicName(request.name);
      const settings = topicSettings(request);
      if (store.topics.get(name)) throw alreadyExists(name);
      store.topics.put({ name, settings });
      return topicMessage({ name, settings });
    },

    UpdateTopic({ topic, updateMask }: { topic: TopicMessage | null; updateMask: FieldMask | null }) {
      if (!topic) throw invalidArgument("The request has no topic");
      const before = topicMessage(broker.topic(checkTopicName(topic.name)));
      const settings = topicSettings(masked(before, topic, updateMask, CHANGEABLE));
      store.topics.put({ name: before.name, settings });
      return topicMessage({ name: before.name, settings });
    },

    Publish({ topic, messages }: { topic: string; messages: readonly PubsubMessage[] }) {
      checkPublish(messages);
      return { messageIds: broker.publish(checkTopicName(topic), messages) };
    },

    GetTopic: ({ topic }: { topic: string }) => topicMessage(broker.topic(checkTopicName(topic))),

    ListTopics(request: PageRequest & { project: string }) {
      const project = checkProjectName(request.project);
      const { items, nextPageToken } = page(request, MAX_PER_PAGE, (after, limit) =>
        store.topics.list(project, after, limit),
      );
      return { topics: items.map(topicMessage), nextPageToken };
    },

    ListTopicSubscriptions(request: PageRequest & { topic: string }) {
      const { name } = broker.topic(checkTopicName(request.topic));
      const { items, nextPageToken } = page(request, MAX_PER_PAGE, (after, limit) =>
        store.subscriptions.listOfTopic(name, after, limit),
      );
      return { subscriptions: items.map((subscription) => subscription.name), nextPageToken };
    },

    DeleteTopic({ topic }: { topic: string }) {
      broker.deleteTopic(checkTopicName(topic));
      return {};
    },
  };
}

function topicMessage({ name, settings }: TopicRecord): TopicMessage {
  return { name, ...settings };
}
