/** Why something could not be looked at, in one line, and what the operator can do about it. */
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import { hasNoCredentials, isUnauthenticated, LOGIN } from "../no-credentials.ts";
import type { Deployment } from "./exam.ts";

/** gRPC's codes and their HTTP twins. */
const FORBIDDEN = new Set<unknown>([7, 403]);
const REASON_MAX = 300;

/** A fault of ours is told as one, with its stack. */
export function adviceFor(error: unknown, deployment: Deployment): { found: string; advice: string } {
  if (!(error instanceof PipelineError)) {
    const stack = error instanceof Error ? error.stack : undefined;
    return { found: stack ?? reasonOf(error), advice: "this is a fault of pullhouse doctor: report it" };
  }
  const found = oneLine(error.message);
  if (error.code === "SCHEMA_INVALID") return { found, advice: "pullhouse schema check; SCHEMAS_FOLDER" };
  const code = (error.cause as { code?: unknown } | undefined)?.code;
  if (hasNoCredentials(error)) return { found: "there are no credentials for Google Cloud", advice: LOGIN };
  if (isUnauthenticated(error)) return { found, advice: LOGIN };
  if (FORBIDDEN.has(code))
    return {
      found,
      advice: `you lack the right to look: roles/viewer on the project ${deployment.project} has it`,
    };
  return {
    found,
    advice: deployment.isLocal
      ? "nothing answers there: start the pipeline with `make up`, or name a project with --project"
      : "is there a network? Then try again; then https://status.cloud.google.com",
  };
}

/** What to do about a thing that is not there. @param variable the one that names it */
export function missing({ isLocal, project }: Deployment, variable: string): string {
  const makes = isLocal ? "start `make up` again" : "`make deploy`";
  return `${makes} creates it; or ${variable} or the project (${project}) is another one's`;
}

/** Without the request's address and what the client tried meanwhile, where it says what it met. */
const MET = /(?:connect|read|write|getaddrinfo) E[A-Z]+(?: [\w.:[\]-]*\w)?|socket hang up/;

/** What a chain of errors began with: `fetch failed` says nothing. */
export function firstCause(error: unknown): string {
  let first = error;
  while (first instanceof Error && first.cause !== undefined) first = first.cause;
  return oneLine(reasonOf(first) || reasonOf(error));
}

function oneLine(text: string): string {
  const line = MET.exec(text)?.[0] ?? text.replaceAll(/\s+/g, " ").trim();
  return line.length > REASON_MAX ? `${line.slice(0, REASON_MAX)}…` : line;
}
