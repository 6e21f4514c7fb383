/** Cloud Storage: buckets and their policies; of objects only that they are there. */
import { type Call, type Handler, type Handlers, projectNumber, timestamp } from "../call.ts";
import { type Json, recordAt, textAt } from "../json.ts";
import { found, mergePatch, withEtag } from "../legacy.ts";
import { policyOf, setPolicy } from "../policy.ts";

const HOST = "//storage.googleapis.com";

export const bucketName = (bucket: string) => `${HOST}/${bucket}`;
/** IAM's name of a bucket (https://cloud.google.com/iam/docs/full-resource-names). */
export const bucketPolicyName = (bucket: string) => `${HOST}/projects/_/buckets/${bucket}`;
const objectsBelow = (bucket: string) => `${HOST}/${bucket}/objects`;

/** https://cloud.google.com/storage/docs/locations#location-mr */
const MULTI_REGIONS: ReadonlySet<string> = new Set(["ASIA", "EU", "US"]);
const WEEK_SECONDS = 604_800;

const bucketOf = (call: Call) =>
  found(call, bucketName(call.params["bucket"] ?? ""), "The specified bucket does not exist.");

/** Without what only this program notes. */
function shown(bucket: Json): Json {
  const { projectId, ...rest } = bucket;
  return projectId === undefined ? bucket : rest;
}

const insert: Handler = (call) => {
  const { world, body, query } = call;
  const project = query["project"] ?? "";
  const name = textAt(body, "name");
  const now = timestamp(world);
  const location = (textAt(body, "location") || "US").toUpperCase();
  const isMulti = MULTI_REGIONS.has(location);
  const bucket = withEtag(call, {
    softDeletePolicy: { retentionDurationSeconds: String(WEEK_SECONDS), effectiveTime: now },
    storageClass: "STANDARD",
    ...body,
    kind: "storage#bucket",
    id: name,
    projectId: project,
    projectNumber: projectNumber(project),
    selfLink: `https://www.googleapis.com/storage/v1/b/${name}`,
    location,
    locationType: isMulti ? "multi-region" : "region",
    ...(isMulti ? { rpo: "DEFAULT" } : {}),
    metageneration: "1",
    generation: String(world.state.next()),
    timeCreated: now,
    updated: now,
    iamConfiguration: mergePatch(
      { publicAccessPrevention: "inherited", uniformBucketLevelAccess: { enabled: false } },
      recordAt(body, "iamConfiguration"),
    ),
  });
  world.state.resources.set(bucketName(name), bucket);
  world.state.policies.set(bucketPolicyName(name), firstPolicy(project));
  return shown(bucket);
};

/** https://cloud.google.com/storage/docs/access-control/iam#new-bucket-policies */
function firstPolicy(project: string): Json {
  return {
    version: 1,
    etag: "CAE=",
    bindings: [
      {
        role: "roles/storage.legacyBucketOwner",
        members: [`projectEditor:${project}`, `projectOwner:${project}`],
      },
      { role: "roles/storage.legacyBucketReader", members: [`projectViewer:${project}`] },
    ],
  };
}

const change: Handler = (call) => changed(call, mergePatch(bucketOf(call), call.body));

function changed(call: Call, bucket: Json): Json {
  const metageneration = String(Number(bucket["metageneration"]) + 1);
  const next = withEtag(call, { ...bucket, metageneration, updated: timestamp(call.world) });
  call.world.state.resources.set(bucketName(textAt(bucket, "name")), next);
  return shown(next);
}

const remove: Handler = (call) => {
  const name = textAt(bucketOf(call), "name");
  call.world.state.resources.delete(bucketName(name));
  call.world.state.policies.delete(bucketPolicyName(name));
  return {};
};

const lock: Handler = (call) => {
  const bucket = bucketOf(call);
  const policy = recordAt(bucket, "retentionPolicy");
  return changed(call, { ...bucket, retentionPolicy: { ...policy, isLocked: true } });
};

/** The body of `setIamPolicy` is the policy itself. */
const setBucketPolicy: Handler = (call) => {
  const name = textAt(bucketOf(call), "name");
  return policyShown(setPolicy(call.world, bucketPolicyName(name), call.body), name);
};

const policyShown = (policy: Json, bucket: string): Json => ({
  kind: "storage#policy",
  resourceId: `projects/_/buckets/${bucket}`,
  ...policy,
});

/** Names of a bucket's objects. */
export function objectsIn(call: Call, bucket: string): readonly string[] {
  const parent = objectsBelow(bucket);
  return call.world.state.below(parent).map((name) => name.slice(parent.length + 1));
}

const insertObject: Handler = (call) => {
  const bucket = textAt(bucketOf(call), "name");
  const name = call.query["name"] ?? textAt(call.body, "name");
  const object = { kind: "storage#object", bucket, name, generation: String(call.world.state.next()) };
  call.world.state.resources.set(`${objectsBelow(bucket)}/${name}`, object);
  return object;
};

const listObjects: Handler = (call) => {
  const bucket = textAt(bucketOf(call), "name");
  const prefix = call.query["prefix"] ?? "";
  const names = objectsIn(call, bucket).filter((name) => name.startsWith(prefix));
  const items = names.map((name) => call.world.state.resources.get(`${objectsBelow(bucket)}/${name}`));
  return { kind: "storage#objects", ...(items.length === 0 ? {} : { items }) };
};

const removeObject: Handler = (call) => {
  const { bucket = "", object = "" } = call.params;
  const name = `${objectsBelow(bucket)}/${object}`;
  found(call, name, `No such object: ${bucket}/${object}`);
  call.world.state.resources.delete(name);
  return {};
};

export const STORAGE: Handlers = {
  "storage.buckets.insert": insert,
  "storage.buckets.get": (call) => shown(bucketOf(call)),
  "storage.buckets.patch": change,
  "storage.buckets.update": change,
  "storage.buckets.delete": remove,
  "storage.buckets.lockRetentionPolicy": lock,
  "storage.buckets.getStorageLayout": (call) => ({
    kind: "storage#storageLayout",
    bucket: textAt(bucketOf(call), "name"),
    location: textAt(bucketOf(call), "location"),
    locationType: textAt(bucketOf(call), "locationType"),
    hierarchicalNamespace: { enabled: false },
  }),
  "storage.buckets.list": ({ world, query }) => {
    const all = [...world.state.resources.values()];
    const own = all.filter(
      ({ kind, projectId }) => kind === "storage#bucket" && projectId === query["project"],
    );
    return { kind: "storage#buckets", ...(own.length === 0 ? {} : { items: own.map(shown) }) };
  },
  "storage.buckets.getIamPolicy": (call) => {
    const name = textAt(bucketOf(call), "name");
    return policyShown(policyOf(call.world, bucketPolicyName(name)), name);
  },
  "storage.buckets.setIamPolicy": setBucketPolicy,
  "storage.objects.insert": insertObject,
  "storage.objects.list": listObjects,
  "storage.objects.get": (call) => {
    const { bucket = "", object = "" } = call.params;
    return found(call, `${objectsBelow(bucket)}/${object}`, `No such object: ${bucket}/${object}`);
  },
  "storage.objects.delete": removeObject,
  "storage.anywhereCaches.list": (call) => {
    bucketOf(call);
    return { kind: "storage#anywhereCaches" };
  },
  "storage.managedFolders.list": (call) => {
    bucketOf(call);
    return { kind: "storage#managedFolders" };
  },
};
