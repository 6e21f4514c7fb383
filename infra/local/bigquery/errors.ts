/** BigQuery's errors: reasons, HTTP statuses and the body that clients read. */

/** https://cloud.google.com/bigquery/docs/error-messages, as far as the stand-in has them. */
const STATUS_OF = {
  invalid: 400,
  invalidQuery: 400,
  notFound: 404,
  duplicate: 409,
  resourceInUse: 400,
  conditionNotMet: 412,
  resourcesExceeded: 400,
  stopped: 200,
  notImplemented: 501,
  backendError: 503,
  internalError: 500,
} as const;

export type Reason = keyof typeof STATUS_OF;

const RPC_STATUS: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  404: "NOT_FOUND",
  409: "ALREADY_EXISTS",
  412: "FAILED_PRECONDITION",
  500: "INTERNAL",
  501: "UNIMPLEMENTED",
  503: "UNAVAILABLE",
};

/** ErrorProto, as it stands in a job's status. */
export interface ErrorProto {
  readonly reason: string;
  readonly message: string;
  readonly location?: string;
}

/** An error that goes to the client: as an answer, or in a job's status. */
export class BigQueryError extends Error {
  override readonly name = "BigQueryError";
  readonly reason: Reason;
  readonly location: string | undefined;
  /** What a load job lists beside its first error. */
  readonly details: readonly ErrorProto[];

  constructor(reason: Reason, message: string, location?: string, details: readonly ErrorProto[] = []) {
    super(message);
    this.reason = reason;
    this.location = location;
    this.details = details;
  }

  get status(): number {
    return STATUS_OF[this.reason];
  }

  /** The error itself as an ErrorProto. */
  proto(): ErrorProto {
    return {
      reason: this.reason,
      ...(this.location === undefined ? {} : { location: this.location }),
      message: this.message,
    };
  }
}

export const invalid = (message: string) => new BigQueryError("invalid", message);
export const notFound = (what: string) => new BigQueryError("notFound", `Not found: ${what}`);
export const duplicate = (what: string) => new BigQueryError("duplicate", `Already Exists: ${what}`);
/** What Google's BigQuery can do and this one cannot: a refusal that says so, never a guess. */
export const unsupported = (what: string) => invalid(`${what} is not supported by the local BigQuery`);

/** The body of an error answer (https://cloud.google.com/apis/design/errors, in BigQuery's older form). */
export function errorBody(error: BigQueryError, status: number): object {
  const { message, reason, location } = error;
  return {
    error: {
      code: status,
      message,
      errors: [{ message, domain: "global", reason, ...(location === undefined ? {} : { location }) }],
      status: RPC_STATUS[status] ?? "UNKNOWN",
    },
  };
}
