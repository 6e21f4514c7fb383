/** Refusals with a gRPC status, worded like Google's where their wording is known. */
import { status } from "@grpc/grpc-js";

export class StatusError extends Error {
  readonly code: status;

  constructor(code: status, details: string) {
    super(details);
    this.name = "StatusError";
    this.code = code;
  }
}

export function invalidArgument(details: string): StatusError {
  return new StatusError(status.INVALID_ARGUMENT, details);
}

/** @param name the full resource name; Google's text has its last segment */
export function notFound(name: string): StatusError {
  return new StatusError(status.NOT_FOUND, `Resource not found (resource=${lastSegment(name)}).`);
}

export function alreadyExists(name: string): StatusError {
  return new StatusError(
    status.ALREADY_EXISTS,
    `Resource already exists in the project (resource=${lastSegment(name)}).`,
  );
}

/** @param what the feature, as a subject: "Seek" */
export function unimplemented(what: string): StatusError {
  return new StatusError(status.UNIMPLEMENTED, `${what} is not served by the local Pub/Sub`);
}

export function unavailable(details: string): StatusError {
  return new StatusError(status.UNAVAILABLE, details);
}

function lastSegment(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
