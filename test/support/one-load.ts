/**
 * Events of a hundred types in one load of each, and the books to know when it is done. A round of loads takes seconds of processor
 * time whether there are ten rows or ten thousand, and so does a query that counts the rows of a hundred tables.
 */
import type { LivePipeline } from "./live-pipeline.ts";

/** Holds the batcher while the events are sent. */
export async function inOneLoad<T>(pipeline: LivePipeline, send: () => Promise<T>): Promise<T> {
  pipeline.signal("batcher", "SIGSTOP");
  try {
    return await send();
  } finally {
    pipeline.signal("batcher", "SIGCONT");
  }
}

/** Rows of all tables that have been inserted, by the table `loads`. */
export async function bookedRows(pipeline: LivePipeline): Promise<number> {
  const [row] = await pipeline.query<{ n: number | null }>("SELECT SUM(rows_inserted) AS n FROM loads");
  return row?.n ?? 0;
}
