/** The names of topics and subscriptions (https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names). */
import { invalidArgument } from "./status-error.ts";

/** What Google shows as the topic of a subscription whose topic was deleted (pubsub.proto, `Subscription.topic`). */
export const DELETED_TOPIC = "_deleted-topic_";

const PROJECT = /^projects\/[A-Za-z0-9.:_-]+$/;
/** 3 to 255 characters that begin with a letter; "goog" is reserved. */
const ID = /^(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{2,254}$/;

/** @throws StatusError INVALID_ARGUMENT */
export function checkTopicName(name: string): string {
  return checkName(name, "/topics/");
}

/** @throws StatusError INVALID_ARGUMENT */
export function checkSubscriptionName(name: string): string {
  return checkName(name, "/subscriptions/");
}

/** @throws StatusError INVALID_ARGUMENT */
export function checkProjectName(name: string): string {
  if (!PROJECT.test(name)) throw badName(name);
  return name;
}

/** The project id in a name that was checked. */
export function projectOf(name: string): string {
  return name.split("/")[1] ?? "";
}

function checkName(name: string, collection: string): string {
  const at = name.indexOf(collection);
  if (at < 0 || !PROJECT.test(name.slice(0, at)) || !ID.test(name.slice(at + collection.length))) {
    throw badName(name);
  }
  return name;
}

function badName(name: string) {
  return invalidArgument(
    `Invalid resource name given (name=${name}). ` +
      "Refer to https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names for more information.",
  );
}
