/** Pub/Sub's refusals, worded like Google's where their wording is known. */
import { StatusError } from "../grpc/status-error.ts";

export function invalidArgument(details: string): StatusError {
  return new StatusError("INVALID_ARGUMENT", details);
}

/** @param name the full resource name; Google's text has its last segment */
export function notFound(name: string): StatusError {
  return new StatusError("NOT_FOUND", `Resource not found (resource=${lastSegment(name)}).`);
}

export function alreadyExists(name: string): StatusError {
  return new StatusError(
    "ALREADY_EXISTS",
    `Resource already exists in the project (resource=${lastSegment(name)}).`,
  );
}

/** @param what the feature, as a subject: "Seek" */
export function unimplemented(what: string): StatusError {
  return new StatusError("UNIMPLEMENTED", `${what} is not served by the local Pub/Sub`);
}

export function unavailable(details: string): StatusError {
  return new StatusError("UNAVAILABLE", details);
}

function lastSegment(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
