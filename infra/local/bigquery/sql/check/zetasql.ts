/** GoogleSQL's reference implementation as a process that evaluates queries over the test tables. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client, credentials, loadPackageDefinition, type ServiceClientConstructor } from "@grpc/grpc-js";
import { load } from "@grpc/proto-loader";
import type { Parameter } from "./duckdb.ts";
import { TEST_TABLES } from "./test-tables.ts";
import type { Answer, Column } from "./values.ts";
import {
  fromTypeProto,
  fromValueProto,
  type TypeProto,
  toTypeProto,
  toValueProto,
  type ValueProto,
} from "./zetasql-values.ts";

const PACKAGE = "@fivetrandevelopers/zetasql@1.13.0";
/** Every request carries the test tables. */
const MESSAGE_LIMIT = 64 * 1024 * 1024;

export interface CatalogTable {
  readonly name: string;
  readonly columns: readonly Column[];
}

export interface ZetaSql {
  /** Evaluates a query; an error says why GoogleSQL, or this old version of it, does not take it. */
  evaluate(sql: string, parameters: readonly Parameter[]): Promise<Answer>;
  /** The columns of a statement over tables that have no rows; none for what is no query. */
  analyze(
    sql: string,
    tables: readonly CatalogTable[],
    parameters: readonly Column[],
  ): Promise<readonly Column[]>;
  close(): Promise<void>;
}

/** Installs the package, 354 MB, into a temporary folder; PULLHOUSE_ZETASQL names one that has it. */
export async function openZetaSql(folder: string | undefined): Promise<ZetaSql> {
  const home = folder ?? (await mkdtemp(join(tmpdir(), "pullhouse-zetasql-")));
  const remove = async () => {
    if (folder === undefined) await rm(home, { recursive: true, force: true });
  };
  try {
    if (folder === undefined) {
      const options = ["--no-audit", "--no-fund", "--no-save", "--loglevel=error", "--prefix", home];
      await promisify(execFile)("npm", ["install", ...options, PACKAGE]);
    }
    const library = join(home, "node_modules/@fivetrandevelopers/zetasql/lib/zetasql");
    const port = await freePort();
    const server = spawn(join(library, serverName()), ["127.0.0.1", String(port)], { stdio: "ignore" });
    const client = await connect(join(library, "protos"), port, server);
    const features = (await unary(client, "GetLanguageOptions")({ maximum_features: true })) as object;
    // All language features, but none of the functions and types that are Google's own.
    const language = { ...features, product_mode: "PRODUCT_EXTERNAL" };
    return {
      evaluate: evaluator(client, language),
      analyze: analyzer(client, language),
      close: async () => {
        client.close();
        await stop(server);
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

function serverName(): string {
  return `remote_server${process.arch.startsWith("arm") ? "_arm" : ""}${process.platform === "darwin" ? "" : ".so"}`;
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, "exit");
  server.kill("SIGKILL");
  await ended;
}

async function connect(protos: string, port: number, server: ChildProcess): Promise<Client> {
  const definition = await load("local_service.proto", {
    includeDirs: [protos, join(protos, "..")],
    keepCase: true,
    longs: String,
    enums: String,
    oneofs: true,
    defaults: true,
  });
  const root = loadPackageDefinition(definition) as unknown as {
    zetasql: { local_service: { ZetaSqlLocalService: ServiceClientConstructor } };
  };
  const Service = root.zetasql.local_service.ZetaSqlLocalService;
  const client = new Service(`127.0.0.1:${port}`, credentials.createInsecure(), {
    "grpc.max_receive_message_length": MESSAGE_LIMIT,
    "grpc.max_send_message_length": MESSAGE_LIMIT,
  });
  const failed = once(server, "error").then(([error]) => {
    throw error;
  });
  await Promise.race([promisify(client.waitForReady.bind(client))(Date.now() + 20_000), failed]);
  return client;
}

type Unary = (request: unknown, done: (error: Error | null, response: unknown) => void) => void;

function unary(client: Client, method: string): (request: unknown) => Promise<unknown> {
  const call = (client as unknown as Record<string, Unary>)[method];
  if (call === undefined) throw new Error(`the service has no ${method}`);
  return promisify(call.bind(client));
}

interface QueryResponse {
  readonly content: {
    readonly table_data: { readonly row: readonly { readonly cell: readonly ValueProto[] }[] };
  };
  readonly prepared: { readonly columns: readonly { readonly name: string; readonly type: TypeProto }[] };
}

function catalogOf(tables: readonly CatalogTable[], language_options: object) {
  const table = tables.map((each, at) => ({
    name: each.name,
    serialization_id: at + 1,
    column: each.columns.map(({ name, type }) => ({ name, type: toTypeProto(type) })),
  }));
  return { name: "catalog", table, builtin_function_options: { language_options } };
}

interface AnalyzeResponse {
  readonly resolved_statement: {
    readonly resolved_query_stmt_node?: {
      readonly output_column_list: readonly {
        readonly name: string;
        readonly column: { readonly type: TypeProto };
      }[];
    } | null;
  };
}

function analyzer(client: Client, language: object): ZetaSql["analyze"] {
  const analyze = unary(client, "Analyze");
  const supported_statement_kinds = ["RESOLVED_QUERY_STMT", "RESOLVED_MERGE_STMT"];
  const language_options = { ...language, supported_statement_kinds };
  return async (sql, tables, parameters) => {
    const query_parameters = parameters.map(({ name, type }) => ({ name, type: toTypeProto(type) }));
    const { resolved_statement } = (await analyze({
      sql_statement: sql,
      options: { language_options, default_timezone: "UTC", query_parameters },
      simple_catalog: catalogOf(tables, language_options),
    })) as AnalyzeResponse;
    const columns = resolved_statement.resolved_query_stmt_node?.output_column_list ?? [];
    return columns.map(({ name, column }) => ({ name, type: fromTypeProto(column.type) }));
  };
}

function evaluator(client: Client, language_options: object): ZetaSql["evaluate"] {
  const evaluateQuery = unary(client, "EvaluateQuery");
  const table_content = Object.fromEntries(
    TEST_TABLES.map((each) => {
      const row = each.rows.map((values) => ({
        cell: each.columns.map(({ type }, at) => toValueProto(values[at] ?? null, type)),
      }));
      return [each.name, { table_data: { row } }];
    }),
  );
  const simple_catalog = catalogOf(TEST_TABLES, language_options);
  return async (sql, parameters) => {
    const query_parameters = parameters.map(({ name, type }) => ({ name, type: toTypeProto(type) }));
    const params = parameters.map(({ name, type, value }) => ({ name, value: toValueProto(value, type) }));
    const options = { language_options, default_timezone: "UTC", query_parameters };
    const response = (await evaluateQuery({
      sql,
      options,
      simple_catalog,
      table_content,
      params,
    })) as QueryResponse;
    let anonymous = 0;
    const columns = response.prepared.columns.map(({ name, type }) => ({
      // GoogleSQL leaves a column without a name at $colN; BigQuery shows f0_, f1_ ...
      name: name === "" || name.startsWith("$") ? `f${anonymous++}_` : name,
      type: fromTypeProto(type),
    }));
    const rows = response.content.table_data.row.map(({ cell }) =>
      columns.map(({ type }, at) => fromValueProto(cell[at] ?? {}, type)),
    );
    return { columns, rows };
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
