/** Errors as Google's APIs answer them: https://cloud.google.com/apis/design/errors#http_mapping. */

/** Canonical codes of google.rpc.Code that are used here, with their HTTP status. */
const STATUS = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ABORTED: 409,
  ALREADY_EXISTS: 409,
  CONDITION_NOT_MET: 412,
  INTERNAL: 500,
  UNIMPLEMENTED: 501,
} as const;

export type Code = keyof typeof STATUS;

/** https://cloud.google.com/storage/docs/json_api/v1/status-codes; BigQuery: https://cloud.google.com/bigquery/docs/error-messages. */
const REASON: Readonly<Record<Code, string>> = {
  INVALID_ARGUMENT: "invalid",
  FAILED_PRECONDITION: "failedPrecondition",
  PERMISSION_DENIED: "forbidden",
  NOT_FOUND: "notFound",
  ABORTED: "aborted",
  ALREADY_EXISTS: "conflict",
  CONDITION_NOT_MET: "conditionNotMet",
  INTERNAL: "internalError",
  UNIMPLEMENTED: "notImplemented",
};

export class GoogleError extends Error {
  readonly code: Code;
  /** Messages of `google.rpc`, each with its `@type`. */
  readonly details: readonly object[];
  /** Of the rule that was broken, for tests and the log. */
  rule: string | undefined;
  /** Of `errors`, which Cloud Storage and BigQuery always send, and the others for a reason of its own. */
  readonly reason: string;
  readonly #hasReason: boolean;

  constructor(code: Code, message: string, more: { details?: readonly object[]; reason?: string } = {}) {
    super(message);
    this.code = code;
    this.details = more.details ?? [];
    this.reason = more.reason ?? REASON[code];
    this.#hasReason = more.reason !== undefined;
  }

  get status(): (typeof STATUS)[Code] {
    return STATUS[this.code];
  }

  /** @param isLegacy whether the API sends `errors` as Cloud Storage and BigQuery do */
  body(isLegacy: boolean): object {
    const { status, message, details, reason, code } = this;
    return {
      error: {
        code: status,
        message,
        ...(isLegacy || this.#hasReason ? { errors: [{ message, domain: "global", reason }] } : {}),
        // 412 has no canonical code: only Cloud Storage and BigQuery answer it.
        ...(code === "CONDITION_NOT_MET" ? {} : { status: code }),
        ...(details.length === 0 ? {} : { details }),
      },
    };
  }
}

export const notFound = (message: string) => new GoogleError("NOT_FOUND", message);

/** A request that does not fit the API's description, as Google's own parser puts it. */
export function badRequest(field: string, description: string): GoogleError {
  return new GoogleError("INVALID_ARGUMENT", description, {
    details: [
      { "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [{ field, description }] },
    ],
  });
}
