/** What a look at a resource can find, for tools that only read. */
import { type ErrorCode, PipelineError, reasonOf } from "../../errors.ts";

/** gRPC's NOT_FOUND and its HTTP twin. */
const NOT_FOUND = new Set<unknown>([5, 404]);

/**
 * The answer, or `undefined` when there is no such resource.
 * @throws PipelineError with the code for every other failure; its cause has the client's status
 */
export async function orMissing<T>(code: ErrorCode, looking: Promise<T>): Promise<T | undefined> {
  try {
    return await looking;
  } catch (error) {
    if (NOT_FOUND.has((error as { code?: unknown }).code)) return undefined;
    throw new PipelineError(code, "later", reasonOf(error), { cause: error });
  }
}

/** Nobody serves the question, or there is nothing that it could be about: gRPC's UNIMPLEMENTED and their HTTP twins. */
const NOT_SERVED = new Set<unknown>([...NOT_FOUND, 12, 405, 501]);

/**
 * Those of the permissions that the caller has; `undefined` where nobody can be asked, as with stand-ins.
 * @throws PipelineError
 */
export async function grantedOr<T>(code: ErrorCode, asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (NOT_SERVED.has((error as { code?: unknown }).code)) return undefined;
    throw new PipelineError(code, "later", reasonOf(error), { cause: error });
  }
}
