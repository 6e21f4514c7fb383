/** Whether everything is there, set up as the pipeline needs it. */
import { missing } from "./advice.ts";
import type { Check, Finding, Part } from "./check.ts";
import { deletionFinding } from "./deletions.ts";
import type { Exam } from "./exam.ts";
import { canLoad } from "./locations.ts";
import { stagingPart } from "./staging.ts";
import { subscriptionFindings } from "./subscription.ts";
import { tableParts } from "./tables.ts";
import { variablesPart } from "./variables.ts";

export const configuration: Check = {
  name: "configuration",
  title: "Configuration",
  parts: (exam) => [
    variablesPart(exam),
    { what: `bucket ${exam.deployment.bucket}`, look: () => bucket(exam) },
    topic(exam),
    {
      what: `subscription ${exam.deployment.subscription}`,
      look: () => subscriptionFindings(exam),
    },
    ...Object.entries(exam.deployment.queues).map(([variable, name]) => queue(exam, name, variable)),
    ...tableParts(exam),
    stagingPart(exam),
  ],
};

/** A bucket that is there but far from its dataset fails every load. */
async function bucket({ bucket, warehouse, deployment }: Exam): Promise<readonly Finding[]> {
  const what = `bucket ${deployment.bucket}`;
  const settings = await bucket.settings();
  if (settings === undefined)
    return [
      {
        verdict: "broken",
        what,
        found: "there is no such bucket",
        advice: missing(deployment, "GCS_BUCKET"),
      },
    ];
  const { location, locationType, softDeleteSeconds, isPublicAccessPrevented, deletions } = settings;
  const findings: Finding[] = [];
  const add = (verdict: Finding["verdict"], found: string, advice: string) =>
    findings.push({ verdict, what, found, advice });
  if (softDeleteSeconds > 0)
    add(
      "look",
      `soft delete keeps what is deleted for ${softDeleteSeconds / 86_400} days, and it is paid`,
      `gcloud storage buckets update gs://${deployment.bucket} --clear-soft-delete, unless that is meant`,
    );
  // The local cloud has no such setting.
  if (!isPublicAccessPrevented && !deployment.isLocal)
    add(
      "look",
      "public access is not prevented",
      `gcloud storage buckets update gs://${deployment.bucket} --public-access-prevention`,
    );
  findings.push(...deletions.flatMap((deletion) => deletionFinding(what, deletion)));
  const dataset = (await warehouse.settings())?.location;
  const fits = dataset === undefined ? "unsure" : canLoad(dataset, location, locationType);
  if (fits === "no")
    add(
      "broken",
      `it is in ${location}, and a dataset in ${dataset} cannot load from there`,
      "create the bucket in the dataset's location",
    );
  else if (fits === "unsure" && dataset !== undefined)
    add(
      "look",
      `it is in ${location}, the dataset in ${dataset}: loads work only if the one contains the other`,
      "https://cloud.google.com/bigquery/docs/batch-loading-data#location",
    );
  return findings.length > 0 ? findings : [{ verdict: "ok", what, found: `in ${location}` }];
}

function topic({ queue, deployment }: Exam): Part {
  const what = `topic ${deployment.topic}`;
  return {
    what,
    look: async () =>
      (await queue.hasTopic(deployment.topic))
        ? [{ verdict: "ok", what, found: "it is there" }]
        : [
            {
              verdict: "broken",
              what,
              found: "there is no such topic",
              advice: missing(deployment, "PUBSUB_TOPIC"),
            },
          ],
  };
}

/** Whether it runs is for the alarms to say. */
function queue({ tasks, deployment }: Exam, name: string, variable: string): Part {
  const what = `queue ${name}`;
  return {
    what,
    look: async () => {
      if ((await tasks.state(name)) !== undefined) return [{ verdict: "ok", what, found: "it is there" }];
      const found = `there is no such queue in ${deployment.location}`;
      // https://cloud.google.com/tasks/docs/deleting-appengine-queues-and-tasks#deleting_queues
      const advice = `${missing(deployment, variable)}; the name of a deleted queue is taken for days, so it may need another`;
      return [{ verdict: "broken", what, found, advice }];
    },
  };
}
