/** The way of one event, as far as it has come. */

/** How the receiver answered, out of its log. */
export interface ReceiverLine {
  readonly ceId?: string;
  readonly type?: string;
  readonly traceId?: string;
  /** ISO 8601; only of what was accepted. */
  readonly receivedAt?: string;
  readonly status: number;
  /** Pub/Sub's, … */
  readonly messageId?: string;
  /** … or the object in the spill. */
  readonly object?: string;
  /** The error code and the reason of a refusal. */
  readonly code?: string;
  readonly reason?: string;
}

export interface ObjectStep {
  readonly name: string;
  readonly generation: string;
  readonly bytes: number;
  readonly rows: number;
  /** When the batcher wrote it, ISO 8601. */
  readonly writtenAt?: string;
  /** While its mark is there it is not, or not wholly, loaded. */
  readonly mark: "pending" | "gone";
}

export interface JobStep {
  readonly id: string;
  /** ISO 8601; left out when BigQuery does not show the job, or it has not come to that. */
  readonly startedAt?: string;
  readonly endedAt?: string;
}

export interface LoadStep {
  readonly plan: string;
  readonly loadJobs: readonly JobStep[];
  readonly mergeJob?: JobStep;
}

interface RowStep {
  readonly table: string;
  readonly receivedAt?: string;
  readonly loadedAt: string;
  /** Why the event is a row of the rejected ones. */
  readonly reasons?: string;
}

/** Where the chain ends. Only `row` is its end; all else is where the event is now. */
export type End =
  | "row"
  | "rejected"
  | "unregistered"
  | "pending"
  | "quarantined"
  | "unreadable"
  | "spilled"
  | "dead letter"
  | "queue"
  | "refused"
  | "unknown";

export interface Chain {
  readonly ceId?: string;
  readonly ceSource?: string;
  /** Of a row: whose credentials the event came with. */
  readonly sender?: string;
  readonly type?: string;
  readonly traceId?: string;
  readonly accepted?: ReceiverLine;
  /** How often the receiver accepted an event of this id. */
  readonly times?: number;
  readonly receivedAt?: string;
  readonly object?: ObjectStep;
  readonly load?: LoadStep;
  readonly row?: RowStep;
  readonly end: End;
  /** The object that holds the event, where it is not one of `events/`. */
  readonly place?: string;
  readonly reason?: string;
}

export interface Report {
  readonly chains: readonly Chain[];
  /** Ids of further events of the trace, which were not followed. */
  readonly more: readonly string[];
  /** Objects that hold events of the trace and of others, so that its own are not told apart. */
  readonly shared: readonly string[];
  /** Objects that nobody can read, with the reason: an event that is not found may be in one. */
  readonly unreadable: readonly string[];
}
