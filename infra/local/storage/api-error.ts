/** Errors as Cloud Storage answers them (https://cloud.google.com/storage/docs/json_api/v1/status-codes). */

export class ApiError extends Error {
  readonly status: 400 | 404 | 409 | 412 | 416 | 500 | 501;
  readonly reason: string;

  constructor(status: ApiError["status"], reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }

  toJSON(): object {
    const { status: code, message, reason } = this;
    return { error: { code, message, errors: [{ message, domain: "global", reason }] } };
  }
}

export const noBucket = () => new ApiError(404, "notFound", "The specified bucket does not exist.");

export const noObject = (bucket: string, name: string) =>
  new ApiError(404, "notFound", `No such object: ${bucket}/${name}`);

export const invalid = (message: string) => new ApiError(400, "invalid", message);
