/** The subscription's settings: those that lose events after days, when nobody looks any more. */
import { DAY_SECONDS, OUTAGE_MAX_DAYS } from "#services/shared/retention.ts";
import { missing } from "./advice.ts";
import type { Finding } from "./check.ts";
import type { Exam } from "./exam.ts";

export async function subscriptionFindings({ queue, deployment }: Exam): Promise<readonly Finding[]> {
  const { project, topic, subscription: name } = deployment;
  const what = `subscription ${name}`;
  const settings = await queue.subscription(name);
  if (settings === undefined) {
    const found = "there is no such subscription: what is published now is lost";
    return [{ verdict: "broken", what, found, advice: missing(deployment, "PUBSUB_SUBSCRIPTION") }];
  }
  const findings: Finding[] = [];
  const add = (verdict: Finding["verdict"], found: string, advice: string) =>
    findings.push({ verdict, what, found, advice });
  const update = `gcloud pubsub subscriptions update ${name} --project=${project}`;

  if (settings.topic !== `projects/${project}/topics/${topic}`)
    add(
      "broken",
      `it belongs to ${settings.topic}, not to ${topic}`,
      "delete it and create it for the topic, or set PUBSUB_TOPIC to what the receiver publishes to",
    );
  if (settings.isPush)
    add("broken", "it pushes, so the batcher has nothing to pull", `${update} --push-endpoint=""`);
  const days = settings.retentionSeconds / DAY_SECONDS;
  if (days < OUTAGE_MAX_DAYS)
    add(
      "look",
      `it keeps messages for ${days.toFixed(1)} days: an outage that is longer loses them`,
      `${update} --message-retention-duration=${OUTAGE_MAX_DAYS}d`,
    );
  if (settings.expiresAfterSeconds !== undefined)
    add(
      // The stand-in expires nothing.
      deployment.isLocal ? "ok" : "look",
      `it is deleted after ${settings.expiresAfterSeconds / DAY_SECONDS} days without a pull`,
      `${update} --expiration-period=never`,
    );
  findings.push(...(await deadLetters(what, settings.deadLetterTopic, queue, project, update)));
  return findings.some(({ verdict }) => verdict !== "ok")
    ? findings.filter(({ verdict }) => verdict !== "ok")
    : [{ verdict: "ok", what, found: `of ${topic}, keeps messages for ${days} days, has dead letters` }];
}

/** A message that Pub/Sub gives up is gone unless its topic has a subscription. */
async function deadLetters(
  what: string,
  fullName: string | undefined,
  queue: Exam["queue"],
  project: string,
  update: string,
): Promise<readonly Finding[]> {
  if (fullName === undefined) {
    const found =
      "it has no dead-letter topic: a message that nothing can take comes again until it is too old";
    const advice = `${update} --dead-letter-topic=TOPIC --max-delivery-attempts=100`;
    return [{ verdict: "look", what, found, advice }];
  }
  const topic = fullName.slice(fullName.lastIndexOf("/") + 1);
  const subscriptions = await queue.subscriptionsOf(topic);
  if (subscriptions === undefined) {
    const found = `its dead-letter topic ${topic} does not exist`;
    return [{ verdict: "broken", what, found, advice: `gcloud pubsub topics create ${topic}` }];
  }
  if (subscriptions.length > 0)
    return (await Promise.all(subscriptions.map((name) => briefLetters(name, queue, project)))).flat();
  const found = `its dead-letter topic ${topic} has no subscription: a dead letter is lost`;
  const advice = `gcloud pubsub subscriptions create ${topic} --topic=${topic} --expiration-period=never`;
  return [{ verdict: "broken", what, found, advice }];
}

/** What Pub/Sub gave up waits there, until somebody fetches it or it becomes a file. */
async function briefLetters(
  name: string,
  queue: Exam["queue"],
  project: string,
): Promise<readonly Finding[]> {
  const settings = await queue.subscription(name);
  const days = (settings?.retentionSeconds ?? Number.POSITIVE_INFINITY) / DAY_SECONDS;
  if (days >= OUTAGE_MAX_DAYS) return [];
  return [
    {
      verdict: "look",
      what: `subscription ${name}`,
      found: `it keeps dead letters for ${days.toFixed(1)} days: one that nobody fetches by then is lost`,
      advice: `gcloud pubsub subscriptions update ${name} --project=${project} --message-retention-duration=${OUTAGE_MAX_DAYS}d`,
    },
  ];
}
