/** Load jobs whose rows come with the request (https://cloud.google.com/bigquery/docs/reference/api-uploads). */
import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Context as Call, Hono } from "hono";
import type { Context } from "../context.ts";
import { invalid, notFound } from "../errors.ts";
import type { Jobs } from "../jobs.ts";
import { readLoadConfiguration } from "../load/configuration.ts";
import { plain } from "../load/objects.ts";
import { runLoad } from "../load/run.ts";
import type { Resource } from "../store/open.ts";
import { requireDestination, withType } from "./jobs.ts";
import { readBody } from "./requests.ts";

const PATHS = [
  "/upload/bigquery/v2/projects/:project/jobs",
  "/resumable/upload/bigquery/v2/projects/:project/jobs",
];

/** BigQuery keeps an upload session for a week; here it lives as long as the process, and there are at most this many. */
const SESSIONS_MAX = 100;

/** Only resumable uploads, which is what `bq` and the clients use; each chunk is appended to a file of its session. */
export function uploadRoutes(app: Hono, context: Context, jobs: Jobs): void {
  const sessions = new Map<string, { readonly body: Resource; readonly file: string; bytes: number }>();

  app.on("POST", PATHS, async (call) => {
    const type = call.req.query("uploadType");
    if (type !== "resumable")
      throw invalid(`uploadType ${type} is not supported by the local BigQuery: use resumable`);
    if (sessions.size >= SESSIONS_MAX) throw invalid("Too many unfinished uploads");
    const body = await readBody(call);
    const { project } = call.req.param() as { project: string };
    await requireDestination(context, project, (body["configuration"] ?? {}) as Resource);
    const id = context.randomId();
    const file = join(context.database.loadDir, `${id}.upload`);
    sessions.set(id, { body, file, bytes: 0 });
    const url = new URL(call.req.url);
    url.searchParams.set("upload_id", id);
    return call.body(null, 200, { location: url.href });
  });

  app.on("PUT", PATHS, async (call) => {
    const id = call.req.query("upload_id") ?? "";
    const session = sessions.get(id);
    if (!session) throw notFound(`Upload ${id}`);
    session.bytes += await append(call, session.file, session.bytes);
    const total = /\/(\d+)$/.exec(call.req.header("content-range") ?? "")?.[1];
    const unfinished = call.req.header("content-range")?.endsWith("/*") ?? false;
    if (unfinished || (total !== undefined && session.bytes < Number(total))) {
      const range = session.bytes === 0 ? {} : { range: `bytes=0-${session.bytes - 1}` };
      return call.body(null, 308 as 200, range);
    }
    sessions.delete(id);
    const { project } = call.req.param() as { project: string };
    const configuration = (session.body["configuration"] ?? {}) as Resource;
    const load = readLoadConfiguration((configuration["load"] ?? {}) as Resource);
    const { jobId, location } = (session.body["jobReference"] ?? {}) as { jobId?: string; location?: string };
    const source = {
      uri: "file-00000000",
      open: async () => ({
        chunks: await plain(createReadStream(session.file), "file-00000000"),
        storedBytes: session.bytes,
      }),
    };
    const row = await jobs.start(
      { project, jobId, location, configuration: withType(configuration) },
      async (job) => {
        try {
          await runLoad(job, load, context, source);
        } finally {
          await rm(session.file, { force: true });
        }
      },
    );
    return call.json(row.resource);
  });
}

/** @returns the number of bytes that came */
async function append(call: Call, file: string, start: number): Promise<number> {
  const body = call.req.raw.body;
  const target = createWriteStream(file, { flags: start === 0 ? "w" : "r+", start });
  await pipeline(body === null ? Readable.from([]) : Readable.fromWeb(body), target);
  return target.bytesWritten;
}
