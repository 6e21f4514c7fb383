/** A refusal with a gRPC status: what a method throws when the caller is told no. */
import { status } from "@grpc/grpc-js";

export type StatusName = keyof typeof status;

export class StatusError extends Error {
  readonly code: status;

  constructor(name: StatusName, message: string) {
    super(message);
    this.name = name;
    this.code = status[name];
  }
}
