/**
 * An issuer in Chainguard's place: keys of this run, whose public halves are objects that the receiver can read. Cloud Storage
 * serves public objects below https://storage.googleapis.com/BUCKET/ (https://cloud.google.com/storage/docs/request-endpoints),
 * as other issuers of OIDC tokens publish their documents.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "#services/shared/clock.ts";
import { reasonOf } from "#services/shared/errors.ts";
import { DISCOVERY_PATH, discoveryDocument } from "../../local/issuer/documents.ts";
import { writeIssuer } from "../../local/issuer/issuer-file.ts";
import { loadOrCreateKeys, publicKeys } from "../../local/issuer/keys.ts";
import { openSigner } from "../../local/issuer/signer.ts";
import { gcloud, type RunCommand } from "../commands.ts";
import type { Signature } from "../deployment.ts";
import { type GooglePlace, issuerBucketOf } from "./place.ts";

const KEYS_PATH = "/keys";
/** A grant to everybody takes minutes to be seen (https://cloud.google.com/storage/docs/consistency#eventually_consistent). */
const PATIENCE_MS = 300_000;
const POLL_MS = 5_000;

export interface IssuerOptions {
  readonly place: GooglePlace;
  readonly group: string;
  /** Of keys and documents, on this machine. */
  readonly folder: string;
  readonly run: RunCommand;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Where buckets are served. */
  readonly storageUrl: string;
}

export interface Issuer {
  readonly signature: Signature;
  /** For CHAINGUARD_ISSUER; left out when nothing can be published. */
  readonly url?: string;
}

/** An organisation may forbid public objects: then nothing is signed, and the reason says so. */
export async function publishIssuer(options: IssuerOptions): Promise<Issuer> {
  const { place, group, storageUrl } = options;
  const url = `${storageUrl}/${issuerBucketOf(place)}`;
  try {
    const sign = await createSigner(options, url);
    await publish(options, url);
    return { url, signature: { outcome: "signed", group, sign } };
  } catch (error) {
    options.signal.throwIfAborted();
    const reason = `the keys of an issuer could not be published (${reasonOf(error)})`;
    return { signature: { outcome: "unsigned", reason } };
  }
}

async function createSigner({ folder, group }: IssuerOptions, url: string) {
  mkdirSync(folder, { recursive: true });
  const keys = await loadOrCreateKeys(folder);
  writeIssuer(folder, url);
  writeFileSync(join(folder, "discovery.json"), JSON.stringify(discoveryDocument(url, `${url}${KEYS_PATH}`)));
  writeFileSync(join(folder, "public-keys.json"), JSON.stringify(publicKeys(keys)));
  const signer = openSigner(folder);
  return (body: Uint8Array) => signer.sign({ group, body });
}

async function publish(options: IssuerOptions, url: string): Promise<void> {
  const { place, folder, run, clock, signal } = options;
  const bucket = `gs://${issuerBucketOf(place)}`;
  const { project, region } = place;
  await gcloud(run, [
    "storage",
    "buckets",
    "create",
    bucket,
    `--project=${project}`,
    `--location=${region}`,
    "--uniform-bucket-level-access",
  ]);
  await gcloud(run, [
    "storage",
    "buckets",
    "add-iam-policy-binding",
    bucket,
    "--member=allUsers",
    "--role=roles/storage.objectViewer",
  ]);
  const documents = [
    ["discovery.json", DISCOVERY_PATH],
    ["public-keys.json", KEYS_PATH],
  ] as const;
  for (const [file, path] of documents) {
    await gcloud(run, [
      "storage",
      "cp",
      join(folder, file),
      `${bucket}${path}`,
      "--content-type=application/json",
      // Public objects are cached for an hour by default.
      "--cache-control=no-store",
    ]);
  }
  const until = clock.now() + PATIENCE_MS;
  for (;;) {
    const answers = await Promise.all(documents.map(([, path]) => answerOf(`${url}${path}`)));
    if (answers.every((answer) => answer === "200")) return;
    if (clock.now() > until) throw new Error(`${url} answers ${answers.join(", ")}`);
    await clock.sleep(POLL_MS, signal);
    signal.throwIfAborted();
  }
}

/** The status, or why there is none: a connection that breaks is tried again like a grant that isn't seen yet. */
async function answerOf(url: string): Promise<string> {
  try {
    const answer = await fetch(url);
    await answer.arrayBuffer();
    return String(answer.status);
  } catch (error) {
    return reasonOf(error);
  }
}
