/** What the services take for granted of Cloud Storage. */
import { type ApiAnswer, read } from "../api.ts";
import { type Assumption, type Evidence, heldIf } from "../assumption.ts";

const product = "Cloud Storage";

const bucketOf = ({ deployment }: Evidence) => deployment.env["GCS_BUCKET"] as string;

/** Read by no service. */
const PREFIX = "acceptance/";

function create({ deployment, ...evidence }: Evidence, name: string): Promise<ApiAnswer> {
  return deployment.api.call("storage", {
    method: "POST",
    path: `/upload/storage/v1/b/${bucketOf({ deployment, ...evidence })}/o`,
    query: { uploadType: "media", name, ifGenerationMatch: "0" },
    body: "acceptance",
  });
}

async function remove(evidence: Evidence, name: string): Promise<void> {
  const path = `/storage/v1/b/${bucketOf(evidence)}/o/${encodeURIComponent(name)}`;
  await read(evidence.deployment.api, "storage", { method: "DELETE", path });
}

const createOnce: Assumption = {
  id: "object-is-created-once",
  product,
  statement: "With ifGenerationMatch=0 an object is created once; the second create answers 412.",
  source: "https://cloud.google.com/storage/docs/request-preconditions",
  async check(evidence) {
    const name = `${PREFIX}once-${evidence.clock.now()}`;
    const first = await create(evidence, name);
    const second = await create(evidence, name);
    await remove(evidence, name);
    return heldIf(
      first.status === 200 && second.status === 412,
      `first ${first.status}, second ${second.status}`,
    );
  },
};

const listAfterWrite: Assumption = {
  id: "listing-shows-what-was-written",
  product,
  statement: "A listing shows an object as soon as it is created, and no more as soon as it is deleted.",
  source: "https://cloud.google.com/storage/docs/consistency#strongly_consistent_operations",
  async check(evidence) {
    const name = `${PREFIX}listed-${evidence.clock.now()}`;
    const isListed = async () => {
      const { items = [] } = await read<{ items?: readonly { name: string }[] }>(
        evidence.deployment.api,
        "storage",
        {
          path: `/storage/v1/b/${bucketOf(evidence)}/o`,
          query: { prefix: PREFIX },
        },
      );
      return items.some((item) => item.name === name);
    };
    await create(evidence, name);
    const after = await isListed();
    await remove(evidence, name);
    const gone = !(await isListed());
    return heldIf(
      after && gone,
      `listed after its creation: ${String(after)}; after its deletion: ${String(!gone)}`,
    );
  },
};

const softDelete: Assumption = {
  id: "soft-delete-is-off",
  product,
  statement: "A retention of 0 turns soft delete off, so that marks and plans are not paid for a week more.",
  source: "https://cloud.google.com/storage/docs/soft-delete",
  onlyGoogle: "the emulator deletes at once",
  async check(evidence) {
    const { softDeletePolicy } = await read<{ softDeletePolicy?: { retentionDurationSeconds?: string } }>(
      evidence.deployment.api,
      "storage",
      { path: `/storage/v1/b/${bucketOf(evidence)}` },
    );
    const seconds = Number(softDeletePolicy?.retentionDurationSeconds ?? 0);
    return heldIf(seconds === 0, `deleted objects are kept for ${seconds} s`);
  },
};

const conditions: Assumption = {
  id: "conditions-on-prefixes",
  product,
  statement:
    "Grants with a condition on the object's name let each service do its work, and BigQuery load as the loader.",
  source: "https://cloud.google.com/iam/docs/conditions-attribute-reference#resource-name",
  onlyGoogle: "the emulator has no permissions",
  async check({ deployment }) {
    const lines = (
      await Promise.all((["receiver", "batcher", "loader"] as const).map((one) => deployment.lines(one)))
    ).flat();
    const refused = lines.filter(({ reason = "" }) => /storage\.(?:objects|buckets)\.\w+/.test(reason));
    const loaded = lines.filter(({ message }) => message === "loaded").length;
    return heldIf(
      loaded > 0 && refused.length === 0,
      `${loaded} loads, ${refused.length} lines about a right that is missing${refused[0] === undefined ? "" : `: ${refused[0].reason ?? ""}`}`,
    );
  },
};

export const STORAGE: readonly Assumption[] = [createOnce, listAfterWrite, softDelete, conditions];
