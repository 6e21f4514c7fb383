/** A person in a pipeline of real processes: afterwards nothing of her is in bucket, tables and logs. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LivePipeline, startLivePipeline } from "#test/support/live-pipeline.ts";
import { PULL_TYPE } from "#test/support/pull-message.ts";
import { pullhouseHere as pullhouse } from "../cli/run-command.ts";
import { EMAIL, HERS, OTHER, PULLS } from "./person.ts";
import { placesOf } from "./stored.ts";

let pipeline: LivePipeline;
beforeAll(async () => {
  pipeline = await startLivePipeline();
}, 60_000);
afterAll(() => pipeline.stop());

const run = (...args: string[]) => pullhouse(args, pipeline.env);

async function pull(id: string, email: string): Promise<void> {
  const body = {
    actor: { act: { email } },
    body: { repository: "acme/nginx", tag: id, user_agent: `for ${email}` },
  };
  const status = await pipeline.post(Buffer.from(JSON.stringify(body)), {
    "content-type": "application/json",
    "ce-id": id,
    "ce-source": "cgr.dev",
    "ce-type": PULL_TYPE,
    "ce-specversion": "1.0",
    "ce-time": new Date().toISOString(),
    "ce-subject": email,
  });
  expect(status).toBe(202);
}

const rowsOf = (email: string) =>
  pipeline.query<{ ce_id: string }>(
    `SELECT ce_id FROM ${PULLS} WHERE actor.act.email = @email ORDER BY ce_id`,
    {
      email,
    },
  );

function logs(): string {
  const folder = join(pipeline.env["PULLHOUSE_HOME"] ?? "", "logs");
  const files = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"));
  expect(files.length).toBeGreaterThan(3);
  return files.join("\n");
}

test("forget leaves nothing of a person, while the pipeline runs and after it has loaded more", async () => {
  await Promise.all([pull("1", EMAIL), pull("2", EMAIL), pull("3", OTHER)]);
  await expect.poll(async () => (await rowsOf(EMAIL)).length).toBe(2);
  expect(await run("replay", "--type", PULL_TYPE, "--into", "copy_of_pulls")).toMatchObject({ status: 0 });
  expect(await placesOf(pipeline, HERS)).not.toEqual([]);

  const forgetting = run("forget", EMAIL, "--yes");
  await pull("4", OTHER);
  expect(await forgetting).toMatchObject({ status: 0, error: "" });
  await expect.poll(async () => (await rowsOf(OTHER)).map((row) => row.ce_id)).toEqual(["3", "4"]);

  expect(await placesOf(pipeline, HERS)).toEqual([]);
  expect(logs()).not.toMatch(new RegExp(HERS, "i"));
  expect((await rowsOf("forgotten")).map((row) => row.ce_id)).toEqual(["1", "2"]);
  const replays = await run("ask", "replays", "--since", "1h");
  expect(replays.out).toContain("0 rows");
  expect((await run("prove", "--since", "1h")).status).toBe(0);
});
