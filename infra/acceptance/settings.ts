/** What `make acceptance` can be told, by variables. */
import { randomBytes, randomInt } from "node:crypto";
import { type Env, EnvReader } from "#services/shared/config.ts";

export interface Settings {
  /** Google Cloud project that is lent; the local cloud, if left out. */
  readonly project?: string;
  readonly region: string;
  /** Of every name. */
  readonly prefix: string;
  readonly events: number;
  /** Determines every event. */
  readonly seed: string;
  /** Nobody is asked. */
  readonly isApproved: boolean;
  /** What was deployed stays. */
  readonly isKept: boolean;
  /** Only takes down what an earlier run with this prefix has left. */
  readonly isTakeDown: boolean;
  /** How long the pipeline is left alone before its idle time is read. */
  readonly idleSeconds: number;
  /** Folder of the report. */
  readonly folder: string;
}

const PREFIX = /^acc-[0-9a-f]{6}$/;
const PREFIX_BYTES = 3;

/** @throws PipelineError CONFIG_INVALID with one line per wrong variable */
export function readSettings(env: Env): Settings {
  const reader = new EnvReader(env);
  const project = reader.text("ACCEPTANCE_PROJECT", "");
  const takenDown = reader.text("TAKE_DOWN", "");
  if (takenDown !== "" && !PREFIX.test(takenDown))
    reader.problem(`TAKE_DOWN is "${takenDown}", it takes the prefix of an earlier run, as acc-0a1b2c`);
  if (takenDown !== "" && project === "")
    reader.problem("TAKE_DOWN needs ACCEPTANCE_PROJECT: a local run leaves nothing but a folder");
  const settings: Settings = {
    ...(project === "" ? {} : { project }),
    region: reader.matching("ACCEPTANCE_REGION", /^[a-z]+-[a-z]+[0-9]+$/, "a region", "us-central1"),
    prefix: takenDown || `acc-${randomBytes(PREFIX_BYTES).toString("hex")}`,
    events: reader.integer("EVENTS", { fallback: 1_000, min: 10, max: 10_000 }),
    seed: reader.text("SEED", String(randomInt(1_000_000))),
    isApproved: env["YES"] === "1",
    isKept: env["KEEP"] === "1",
    isTakeDown: takenDown !== "",
    idleSeconds: reader.integer("IDLE_SECONDS", { fallback: project === "" ? 0 : 600, min: 0, max: 3_600 }),
    folder: reader.text("REPORT_FOLDER", ".pullhouse/acceptance"),
  };
  reader.done();
  return settings;
}
