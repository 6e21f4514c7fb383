/** How long what waits is kept: the clocks that delete, and how long they must wait at least. */

/**
 * Days. Pub/Sub keeps an unacknowledged message 31 days at most, so no outage of the batcher can last longer without a
 * loss. No other clock may strike before it (https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions).
 */
export const OUTAGE_MAX_DAYS = 31;

export const DAY_SECONDS = 86_400;
