/** A local BigQuery with every view and the tables that they read, filled with hand-made events as the batcher and the loader would. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BigQuery } from "@google-cloud/bigquery";
import { startBigQueryWith } from "#infra/local/bigquery/start.ts";
import { spanOf, usedIn } from "#services/cli/ask/prepare.ts";
import type { ReadyQuestion } from "#services/cli/ask/questions.ts";
import { parameterValues } from "#services/cli/ask/values.ts";
import { termOf, without } from "#services/cli/forget/term.ts";
import { tablesOf } from "#services/shared/gcp/bigquery-api.ts";
import { createQuestioner, type Parameter, type Questioner, type Row } from "#services/shared/gcp/query.ts";
import { createTable, ensureView } from "#services/shared/gcp/tables.ts";
import { boundedStatement, rollupStatement, type Span } from "#services/shared/rollup/bounded.ts";
import { loadRollups, rollupTables } from "#services/shared/rollup/rollups.ts";
import { toRow } from "#services/shared/row/row.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import { tableSpec } from "#services/shared/schema/table-spec.ts";
import { loadViews } from "#services/shared/schema/views.ts";
import { ownerOf } from "#services/shared/type-owners.ts";
import { load } from "#test/integration/bigquery/local-bigquery.ts";
import { startObjectServer } from "#test/integration/bigquery/object-server.ts";

const PROJECT = "local-test";
const DATASET = "events";
const BUCKET = "bucket";
const NOON = Date.UTC(2026, 10, 20, 12);

/** An event as a test writes it; its id is made up where it does not matter. */
export interface HandMade {
  readonly type: string;
  /** RFC 3339; without it the event carries no time, and was received at noon of 20 November 2026. */
  readonly time?: string;
  readonly data: object;
  readonly id?: string;
  readonly source?: string;
  /** Who posted it; without it, the owner of its type. */
  readonly sender?: string;
  readonly extensions?: Readonly<Record<string, string>>;
  /** What `pullhouse forget` took out of it. */
  readonly forgotten?: string;
}

export interface EventWarehouse {
  /** What a command gets in its environment to ask this warehouse. */
  readonly env: Readonly<Record<string, string>>;
  readonly questioner: Questioner;
  readonly client: BigQuery;
  /** Replaces what is there. */
  refill(events: readonly HandMade[]): Promise<void>;
  ask(sql: string, parameters?: Readonly<Record<string, Parameter>>): Promise<Row[]>;
  /** A ready question, with what the rollups have of the days that are given. */
  answer(
    question: ReadyQuestion,
    options: Readonly<Record<string, string>>,
    now: number,
    rolledUp?: ReadonlySet<string>,
  ): Promise<Row[]>;
  /** Counts the days of a span into the rollups; into those alone that a statement names, if one is given. */
  rollUp(span: Span, sql?: string): Promise<void>;
  close(): Promise<void>;
}

export async function startEventWarehouse(): Promise<EventWarehouse> {
  const stateDir = mkdtempSync(join(tmpdir(), "pullhouse-warehouse-"));
  const storage = await startObjectServer();
  const standIn = await startBigQueryWith({ port: 0, stateDir, storageUrl: storage.url });
  const address = `http://127.0.0.1:${standIn.port}`;
  const client = new BigQuery({ projectId: PROJECT, apiEndpoint: address });
  const [dataset] = await client.createDataset(DATASET);
  const registry = loadRegistry();
  const views = loadViews(registry);
  const read = new Set(views.flatMap(({ reads }) => reads));
  const tables = [...registry.tables.values()].filter(({ table }) => read.has(table));
  await Promise.all(tables.map((table) => createTable(tablesOf(dataset, 20_000), tableSpec(table))));
  const rollups = loadRollups(registry);
  for (const table of [registry.loads, ...rollupTables(rollups)])
    await createTable(tablesOf(dataset, 20_000), table);
  for (const view of views) await ensureView(dataset, view, `${PROJECT}.${DATASET}`);
  const questioner = createQuestioner({ project: PROJECT, address });
  let filled: string[] = [];
  let made = 0;
  let isRolledUp = false;

  const ask: EventWarehouse["ask"] = async (sql, parameters = {}) => {
    const rows: Row[] = [];
    const answer = await questioner.ask({ sql, dataset: DATASET, parameters });
    for await (const row of answer.rows) rows.push(row);
    return rows;
  };

  return {
    env: { BIGQUERY_EMULATOR_HOST: address, BIGQUERY_DATASET: DATASET, GOOGLE_CLOUD_PROJECT: PROJECT },
    questioner,
    client,
    async refill(events) {
      const counted = isRolledUp ? rollups.all.map(({ table }) => table.name) : [];
      isRolledUp = false;
      for (const table of [...filled, ...counted]) await client.query(`TRUNCATE TABLE ${DATASET}.${table}`);
      const lines = new Map<string, string[]>();
      for (const { type, time, data, id, source, sender, extensions, forgotten } of events) {
        const row = toRow(
          registry,
          {
            id: id ?? `event-${++made}`,
            source: source ?? "cgr.dev",
            type,
            specversion: "1.0",
            ...(time === undefined ? {} : { time }),
            datacontenttype: "application/json",
            extensions: extensions ?? {},
            data: Buffer.from(JSON.stringify(data)),
          },
          {
            source: sender ?? ownerOf(type) ?? "test",
            receivedAt: time === undefined ? NOON : Date.parse(time),
          },
        );
        if (row.fit !== "fits") throw new Error(`${type} is ${row.fit}: ${row.line}`);
        const line = forgotten === undefined ? row.line : without(termOf(forgotten), row.line);
        const rows = lines.get(row.table.table) ?? [];
        lines.set(row.table.table, rows);
        rows.push(line);
      }
      filled = [...lines.keys()];
      for (const [table, rows] of lines) {
        storage.objects.set(`${BUCKET}/${table}`, Buffer.from(rows.join("")));
        const { status } = await load({ client }, dataset.table(table), [`gs://${BUCKET}/${table}`]);
        if (status.errorResult) throw new Error(status.errorResult.message);
      }
    },
    ask,
    async answer(question, options, now, rolledUp = new Set()) {
      const parameters = parameterValues(question, options, now);
      const bounds = { ...spanOf(parameters), rolledUp };
      const sql = boundedStatement(question.sql, rollups, `${PROJECT}.${DATASET}`, bounds);
      return ask(sql, usedIn(question.sql, parameters));
    },
    async rollUp(span, sql) {
      isRolledUp = true;
      for (const rollup of rollups.all.filter(({ table }) => sql?.includes(table.name) !== false))
        await client.query(rollupStatement(rollup, rollups, `${PROJECT}.${DATASET}`, span));
    },
    async close() {
      await standIn.close();
      await storage.close();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}
