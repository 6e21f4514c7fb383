/** The names of an acceptance run on Google Cloud, and which of them exist. */

import { namesOf } from "../../gcp/names.ts";
import type { Api, ApiName } from "../api.ts";
import { messageOf } from "../api.ts";
import { configOf, NO_GROUP, type Place } from "../config.ts";

export interface GooglePlace {
  readonly project: string;
  readonly region: string;
  readonly prefix: string;
}

/** Of this run alone, so that no other deployment's state is ever touched. */
export const stateBucketOf = ({ project, prefix }: GooglePlace): string => `${project}-${prefix}-state`;

/** Of the documents of the issuer that signs in Chainguard's place: public, without anything else. */
export const issuerBucketOf = ({ project, prefix }: GooglePlace): string => `${project}-${prefix}-issuer`;

/** Of a deployment that is only to be found and removed. */
export function placeToRemove(place: GooglePlace): Place {
  return { ...place, group: NO_GROUP, stateBucket: stateBucketOf(place) };
}

interface Named {
  readonly what: string;
  readonly api: ApiName;
  readonly path: string;
}

/** One resource of every kind that holds data, costs something, or would be taken over. */
function namedIn(place: GooglePlace): readonly Named[] {
  const { project, region, prefix } = place;
  const config = configOf(placeToRemove(place));
  const names = namesOf(config);
  const bucket = (name: string): Named => ({
    what: `bucket ${name}`,
    api: "storage",
    path: `/storage/v1/b/${name}`,
  });
  const dataset = (name: string): Named => ({
    what: `dataset ${name}`,
    api: "bigquery",
    path: `/projects/${project}/datasets/${name}`,
  });
  const service = (name: string): Named => ({
    what: `Cloud Run service ${name}`,
    api: "run",
    path: `/projects/${project}/locations/${region}/services/${name}`,
  });
  return [
    bucket(names.bucket),
    bucket(names.deadLettersBucket),
    bucket(stateBucketOf(place)),
    bucket(issuerBucketOf(place)),
    dataset(config.dataset),
    dataset(`${config.dataset}_staging`),
    ...(["receiver", "batcher", "loader"] as const).map((name) => service(names.service(name))),
    { what: `topic ${names.topic}`, api: "pubsub", path: `/projects/${project}/topics/${names.topic}` },
    {
      what: `queue ${names.queues.drain}`,
      api: "cloudtasks",
      path: `/projects/${project}/locations/${region}/queues/${names.queues.drain}`,
    },
    {
      what: `account ${prefix}-loader`,
      api: "iam",
      path: `/projects/${project}/serviceAccounts/${names.account("loader")}@${project}.iam.gserviceaccount.com`,
    },
  ];
}

/** A name of somebody else's is taken, too: Cloud Storage answers 403 for a bucket of another project. */
const TAKEN: ReadonlySet<number> = new Set([200, 403]);
/** An API that isn't enabled has no resources; BigQuery and Cloud Storage always are. */
const DISABLED = /has not been used in project|is disabled/;

/** @throws Error when an API doesn't tell */
export async function takenIn(place: GooglePlace, api: Api): Promise<readonly string[]> {
  const taken: string[] = [];
  for (const { what, api: name, path } of namedIn(place)) {
    const { status, body } = await api.call(name, { path });
    const message = messageOf(body);
    if (status === 404 || (status === 403 && DISABLED.test(message))) continue;
    if (!TAKEN.has(status)) throw new Error(`${what}: ${name} answered ${status}: ${message}`);
    taken.push(what);
  }
  return taken;
}
