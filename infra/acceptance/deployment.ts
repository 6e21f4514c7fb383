/** What an acceptance run works on: a place in which Pullhouse is deployed, and the deployment itself. */
import type { ServiceName } from "../gcp/names.ts";
import type { LogLine } from "../local/demo/log-lines.ts";
import type { Api } from "./api.ts";
import type { Credentials } from "./credentials.ts";

export interface Target {
  readonly kind: "google" | "local";
  /** What is done where, how long it takes and what it costs: one sentence each. */
  readonly plan: readonly string[];
  /** The prefix of every name. */
  readonly prefix: string;
  /** Names below the prefix that exist, as people know them: `bucket my-project-acc-0a1b2c`. */
  taken(): Promise<readonly string[]>;
  /** @throws Error when it cannot be deployed; what is there by then is for `destroy` */
  deploy(signal: AbortSignal): Promise<Deployment>;
  /** Takes everything down, also half of a deployment. Safe to repeat. @throws Error naming what is left */
  destroy(): Promise<void>;
  /** The one command that takes down what `destroy` could not. */
  readonly takeDown: string;
}

export interface Deployment {
  readonly kind: Target["kind"];
  /** Of every name. */
  readonly prefix: string;
  readonly receiverUrl: string;
  /** The variables by which commands find it (docs/operate/configuration.md). */
  readonly env: Readonly<Record<string, string>>;
  readonly credentials: Credentials;
  readonly signature: Signature;
  readonly api: Api;
  /** How often rows are looked for, and how long the run waits for a change to be seen, milliseconds. */
  readonly pollMs: number;
  readonly patienceMs: number;
  /** What a killed batcher held is on offer again after this at the latest: the subscription's ack deadline, milliseconds. */
  readonly leaseMs: number;
  /** Ends the running instances of a service, and resolves when it takes requests again. @returns how they were ended */
  kill(service: ServiceName): Promise<string>;
  /** From now on, or as soon as the change is seen, BigQuery refuses the loader's DML. */
  refuseMerges(): Promise<void>;
  allowMerges(): Promise<void>;
  /** Lines that the services have written since the deployment, oldest first. */
  lines(service: ServiceName): Promise<readonly LogLine[]>;
  /** Wakes batcher and loader until nothing waits. */
  settle(): Promise<void>;
}

/** Who signs events in Chainguard's place: an issuer that the deployment was told to believe. */
export type Signature =
  | {
      readonly outcome: "signed";
      readonly group: string;
      readonly sign: (body: Uint8Array) => Promise<string>;
    }
  /** Events go to zot's route instead. */
  | { readonly outcome: "unsigned"; readonly reason: string };
