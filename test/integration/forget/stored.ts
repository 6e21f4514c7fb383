/** Everything that a cloud has stored, as text, whatever it is packed in. */
import { gunzipSync } from "node:zlib";
import type { Bucket } from "@google-cloud/storage";

interface Stored {
  readonly bucket: Bucket;
  query<Row>(sql: string): Promise<Row[]>;
}

const DATASETS = ["cloudevents_pull_event_recorder", "cloudevents_pull_event_recorder_staging"];

async function everything(cloud: Stored, datasets = DATASETS): Promise<readonly string[]> {
  const [files] = await cloud.bucket.getFiles();
  const objects = await Promise.all(
    files.map((file) =>
      unlessGone(async () => {
        const [bytes] = await file.download({ decompress: false });
        const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString("latin1");
        return `${file.name}: ${JSON.stringify(file.metadata)}${text}`;
      }),
    ),
  );
  const tables = await Promise.all(
    datasets.map(async (dataset) => {
      const sql = `SELECT table_name FROM ${dataset}.INFORMATION_SCHEMA.TABLES WHERE table_type = 'BASE TABLE'`;
      const names = await cloud.query<{ table_name: string }>(sql);
      return Promise.all(
        names.map(({ table_name: name }) =>
          unlessGone(async () => {
            const rows = await cloud.query(`SELECT * FROM ${dataset}.${name}`);
            return `${dataset}.${name}: ${JSON.stringify(rows, plainBytes)}`;
          }),
        ),
      );
    }),
  );
  return [...objects, ...tables.flat()].map((text) => `${text}${unpacked(text)}`);
}

/** A living pipeline deletes marks and staging tables between the list and the look. @returns nothing of what is gone */
async function unlessGone(read: () => Promise<string>): Promise<string> {
  try {
    return await read();
  } catch (error) {
    if ((error as { code?: unknown }).code !== 404) throw error;
    return "";
  }
}

/** BYTES come as what `Buffer.toJSON` makes. */
function plainBytes(_key: string, value: unknown): unknown {
  const { type, data } = (value ?? {}) as { type?: string; data?: number[] };
  return type === "Buffer" && data !== undefined ? Buffer.from(data).toString("latin1") : value;
}

function unpacked(text: string): string {
  const base64 = [...text.matchAll(/"data_base64":"([^"]*)"/g)].map(([, one = ""]) =>
    Buffer.from(one, "base64").toString("latin1"),
  );
  const escaped = text.replaceAll(/\\+u([0-9a-fA-F]{4})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  return ` ${base64.join(" ")} ${escaped === text ? "" : escaped}`;
}

/** Where a text is, with what is around it. @param datasets those that there are */
export async function placesOf(
  cloud: Stored,
  pattern: RegExp,
  datasets = DATASETS,
): Promise<readonly string[]> {
  const all = await everything(cloud, datasets);
  return all.flatMap((text) =>
    [...text.matchAll(new RegExp(pattern, "gi"))].map(
      ({ index }) => `${text.slice(0, 60)} … ${text.slice(Math.max(0, index - 40), index + 40)}`,
    ),
  );
}

/** Objects with their generations, and rows: what must not change where nothing may. */
export const snapshotOf = async (cloud: Stored, datasets = DATASETS) =>
  (await everything(cloud, datasets)).join("\n");
