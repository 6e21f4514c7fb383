/** Whether a command failed since Google Cloud does not know who runs it, and what helps then. */
import type { PipelineError } from "#services/shared/errors.ts";

/** gRPC's code and its HTTP twin. */
const UNAUTHENTICATED = new Set<unknown>([16, 401]);
/**
 * What Google's clients say when they find none
 * (https://cloud.google.com/docs/authentication/application-default-credentials); Cloud Storage's asks without.
 */
const NONE =
  /could not load the default credentials|unable to read the credential file|unable to detect a project id|anonymous caller/i;

export const LOGIN = "gcloud auth application-default login";

export const hasNoCredentials = ({ message }: PipelineError): boolean => NONE.test(message);

/** None, or some that are not taken. */
export function isUnauthenticated(error: PipelineError): boolean {
  return (
    hasNoCredentials(error) || UNAUTHENTICATED.has((error.cause as { code?: unknown } | undefined)?.code)
  );
}
