/** One event from a file: its bytes as they are, under headers of its type. */
import { readFile } from "node:fs/promises";
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import type { GeneratedEvent } from "../generate/generate.ts";

export interface GivenEventOptions {
  readonly file: string;
  readonly type: string;
  readonly group: string;
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** @throws PipelineError CONFIG_INVALID when the file cannot be read or is not JSON */
export async function readGivenEvent(options: GivenEventOptions): Promise<GeneratedEvent> {
  const { file, type, group, id, now } = options;
  let body: Buffer;
  try {
    body = await readFile(file);
    JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw new PipelineError("CONFIG_INVALID", "never", `--file ${file}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  return {
    id,
    headers: {
      "content-type": "application/json",
      "ce-type": type,
      "ce-time": `${new Date(now).toISOString().slice(0, 19)}Z`,
      "ce-subject": group,
      "ce-specversion": "1.0",
      "ce-source": "cgr.dev",
      "ce-id": id,
      "ce-group": group,
      "ce-audience": "customer",
    },
    body,
  };
}
