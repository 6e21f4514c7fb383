/** Loads, merges, schema changes, drops and queries of the local BigQuery beside each other. */
import type { TableMetadata } from "@google-cloud/bigquery";
import { expect, test } from "vitest";
import { load, localBigQuery } from "./bigquery/local-bigquery.ts";

const local = await localBigQuery();
const { client } = local;

const FIELDS = [
  { name: "id", type: "INTEGER" },
  { name: "extra", type: "JSON" },
];
const ROWS = 500;
const WORKERS = 6;
const ROUNDS = 3;

test("workers that stage, merge, grow and drop at once lose nothing and see no conflict", async () => {
  const dataset = await local.dataset();
  const targets = [0, 1, 2].map((n) => dataset.table(`t${n}`));
  for (const target of targets) await target.create({ schema: { fields: FIELDS } } as TableMetadata);
  const rows = Array.from({ length: ROWS }, (_, id) => `{"id":${id},"extra":{"n":${id}}}\n`);
  local.storage.objects.set("bucket/rows", Buffer.from(rows.join("")));

  /** Two workers share each target, and each of its rows is merged by both of them in every round. */
  async function work(worker: number): Promise<void> {
    const target = targets[worker % targets.length];
    for (let round = 0; round < ROUNDS; round++) {
      const staging = dataset.table(`staging_${worker}_${round}`);
      await staging.create({ schema: { fields: FIELDS } } as TableMetadata);
      const job = await load(local, staging, ["gs://bucket/rows"]);
      expect(job.status).toEqual({ state: "DONE" });
      await client.query(`MERGE ${dataset.id}.${target?.id} T USING ${dataset.id}.${staging.id} S ON T.id = S.id
        WHEN NOT MATCHED THEN INSERT (id, extra) VALUES (S.id, S.extra)`);
      await client.query(`ALTER TABLE ${dataset.id}.${target?.id} ADD COLUMN w${worker}_${round} STRING`);
      await staging.delete();
    }
  }
  await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));

  for (const target of targets) {
    const [counted] = await client.query(
      `SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS ids FROM ${dataset.id}.${target.id}`,
    );
    expect(counted).toEqual([{ n: ROWS, ids: ROWS }]);
    const [{ schema }] = (await target.getMetadata()) as unknown as [{ schema: { fields: object[] } }];
    expect(schema.fields).toHaveLength(FIELDS.length + (WORKERS / targets.length) * ROUNDS);
  }
  expect((await dataset.getTables())[0].map(({ id }) => id)).toEqual(["t0", "t1", "t2"]);
});
