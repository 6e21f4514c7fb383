/** What the answer of an attempt means: success or not, and the gRPC status that the API shows for it. */
import { status } from "@grpc/grpc-js";
import type { AttemptOutcome } from "./http-attempt.ts";

/** The gRPC status that stands for an HTTP status: the "HTTP Mapping" lines of google/rpc/code.proto. */
const CODE_OF_HTTP: Readonly<Record<number, keyof typeof status>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "ABORTED",
  429: "RESOURCE_EXHAUSTED",
  499: "CANCELLED",
  500: "INTERNAL",
  501: "UNIMPLEMENTED",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

/** What `Task.last_attempt.response_status` shows. */
export function responseStatus(outcome: AttemptOutcome): { code: number; message: string } {
  if (isSuccess(outcome)) return { code: status.OK, message: "" };
  if (outcome.outcome === "deadline") {
    return named("DEADLINE_EXCEEDED", "no answer before the dispatch deadline");
  }
  if (outcome.outcome === "unreachable") return named("UNAVAILABLE", outcome.reason);
  return named(CODE_OF_HTTP[outcome.httpStatus] ?? "UNKNOWN", `HTTP status code ${outcome.httpStatus}`);
}

export function isSuccess(outcome: AttemptOutcome): boolean {
  return outcome.outcome === "answered" && outcome.httpStatus >= 200 && outcome.httpStatus <= 299;
}

function named(code: keyof typeof status, message: string): { code: number; message: string } {
  return { code: status[code], message: `${code}(${status[code]}): ${message}` };
}
