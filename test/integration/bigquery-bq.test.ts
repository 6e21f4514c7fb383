/** Google's own `bq` against the local BigQuery. */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { localBigQuery } from "./bigquery/local-bigquery.ts";

/** The discovery file that the SDK brings, undefined where there is no `bq`. */
function discoveryFile(): string | undefined {
  try {
    execFileSync("bq", ["version"], { stdio: "ignore" });
    const format = ["info", "--format=value(installation.sdk_root)"];
    const root = execFileSync("gcloud", format, { encoding: "utf8" }).trim();
    return join(root, "platform/bq/discovery_next/bigquery.json");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

const discovery = discoveryFile();
const skipped = discovery === undefined ? " (skipped: the command is not installed)" : "";

/** A command takes two seconds on an idle machine, and each test runs several. */
const TIMEOUT_MS = 120_000;

const local = await localBigQuery();

describe.skipIf(discovery === undefined)(`bq${skipped}`, { timeout: TIMEOUT_MS }, () => {
  const folder = mkdtempSync(join(tmpdir(), "bq-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function bq(...args: readonly string[]): Promise<string> {
    const general = [
      `--api=${local.url}`,
      "--project_id=local-test",
      "--oauth_access_token=none",
      "--headless",
      `--discovery_file=${discovery}`,
      `--bigqueryrc=${join(folder, "none")}`,
      "--format=json",
    ];
    const env = { ...process.env, CLOUDSDK_CONFIG: folder, CLOUDSDK_CORE_DISABLE_PROMPTS: "1" };
    const { stdout } = await promisify(execFile)("bq", [...general, ...args], { env });
    return stdout;
  }

  test("it loads, shows, lists and queries a table", async () => {
    await local.client.createDataset("by_bq");
    const schema = "id:INTEGER,at:TIMESTAMP,tags:STRING";
    local.storage.objects.set(
      "bucket/rows.ndjson",
      Buffer.from('{"id":1,"at":"2026-01-02T03:04:05.5Z","tags":"a"}\n'),
    );
    await bq("load", "--source_format=NEWLINE_DELIMITED_JSON", "by_bq.t", "gs://bucket/rows.ndjson", schema);
    const file = join(folder, "rows.ndjson");
    writeFileSync(file, '{"id":2,"tags":"b"}\n{"id":3}\n');
    await bq("load", "--source_format=NEWLINE_DELIMITED_JSON", "by_bq.t", file);

    expect(JSON.parse(await bq("ls", "by_bq"))).toMatchObject([
      { tableReference: { tableId: "t" }, type: "TABLE" },
    ]);
    expect(JSON.parse(await bq("show", "by_bq.t"))).toMatchObject({
      numRows: "3",
      schema: { fields: [{ name: "id" }, { name: "at" }, { name: "tags" }] },
    });
    const sql = "SELECT id, at, tags FROM by_bq.t WHERE id < @below ORDER BY id";
    const rows: unknown = JSON.parse(
      await bq("query", "--use_legacy_sql=false", "--parameter=below:INT64:3", sql),
    );
    expect(rows).toEqual([
      { id: "1", at: "2026-01-02 03:04:05", tags: "a" },
      { id: "2", at: null, tags: "b" },
    ]);
  });

  test("it tells why a query or a load failed", async () => {
    const failed = async (...args: string[]) => {
      const error = await bq(...args).catch(
        (reason: unknown) => reason as { stdout: string; stderr: string },
      );
      return typeof error === "string"
        ? "it did not fail"
        : (error.stdout + error.stderr).replace(/\s+/g, " ");
    };
    expect(await failed("query", "--use_legacy_sql=false", "SELECT nope")).toContain(
      "Unrecognized name: nope",
    );
    local.storage.objects.set("bucket/bad.ndjson", Buffer.from('{"id":"x"}\n'));
    const load = [
      "load",
      "--source_format=NEWLINE_DELIMITED_JSON",
      "by_bq.bad",
      "gs://bucket/bad.ndjson",
      "id:INTEGER",
    ];
    expect(await failed(...load)).toContain("Could not convert value to integer. Field: id; Value: x");
  });
});
