/** A refusal as a test sees it: the whole answer, the log's line, and that nothing reached the queue. */
import { PROBLEMS, type ProblemName } from "#services/receiver/problem.ts";
import { type Answer, post, type TestReceiver } from "./receiver.ts";

export interface Refusal {
  readonly status: number;
  readonly contentType: unknown;
  readonly type: unknown;
  readonly title: unknown;
  readonly statusMember: unknown;
  readonly hasDetail: boolean;
  /** What was published, spilled or alarmed meanwhile. */
  readonly actions: readonly string[];
  /** Severity and code of the log's line, if there is one. */
  readonly logged: string | undefined;
}

export function refusalOf(name: ProblemName): Refusal {
  const { status, title } = PROBLEMS[name];
  const isRouted = status !== 404 && status !== 405;
  return {
    status,
    contentType: "application/problem+json",
    type: `urn:pullhouse:problem:${name}`,
    title,
    statusMember: status,
    hasDetail: true,
    actions: [],
    logged: isRouted ? `${status < 500 ? "WARNING" : "ERROR"} ${name}` : undefined,
  };
}

/** Sends a request and returns what came of it beside the answer itself. */
export async function tryRequest(
  receiver: TestReceiver,
  body: Uint8Array,
  headers: Record<string, string | string[]>,
  { method = "POST", path = "/" } = {},
): Promise<Refusal & { readonly answer: Answer }> {
  const actions = receiver.actions.length;
  const lines = receiver.logs.length;
  const answer = await post(receiver.port, path, body, headers, method);
  // Beside the line of the request there may be one of the keys being fetched: only the former has a status.
  const line = receiver.logs.slice(lines).findLast((one) => one["status"] !== undefined);
  const { type, title, status, detail } = answer.json;
  return {
    answer,
    status: answer.status,
    contentType: answer.headers["content-type"],
    type,
    title,
    statusMember: status,
    hasDetail: typeof detail === "string" && /\w/.test(detail),
    actions: receiver.actions.slice(actions),
    logged: line === undefined ? undefined : `${String(line["severity"])} ${String(line["code"])}`,
  };
}
