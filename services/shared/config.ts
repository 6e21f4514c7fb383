/** Reads typed settings from environment variables and collects every problem, so that one start names them all. */
import { PipelineError } from "./errors.ts";
import type { Severity } from "./log.ts";
import { schemasFolder } from "./schema/registry.ts";

export type Env = Readonly<Record<string, string | undefined>>;

interface NumberRange {
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
}

/**
 * One reader per start: ask for each variable, then call `done()`, which throws a PipelineError
 * (CONFIG_INVALID) whose message has one line per wrong variable: its name, what it got, what it takes.
 * A blank variable counts as unset.
 */
export class EnvReader {
  readonly #env: Env;
  readonly #problems: string[] = [];

  constructor(env: Env) {
    this.#env = env;
  }

  text(name: string, fallback?: string): string {
    const value = this.#env[name]?.trim() || fallback;
    if (value === undefined) this.#problems.push(`${name} is not set, it must be`);
    return value ?? "";
  }

  /** A comma-separated list; at least one entry unless a fallback is given. */
  list(name: string, fallback?: readonly string[]): readonly string[] {
    const entries = (this.#env[name] ?? "")
      .split(",")
      .map((entry) => entry.trim())
      .filter(Boolean);
    if (entries.length > 0) return entries;
    if (fallback === undefined) this.#problems.push(`${name} is not set, it takes a comma-separated list`);
    return fallback ?? [];
  }

  /**
   * Secrets, several at once with commas between, so that one can be replaced without a gap. Their values are never
   * part of a problem's text.
   */
  secrets(name: string, pattern: RegExp, takes: string): readonly string[] {
    const secrets = this.list(name, []);
    if (secrets.some((secret) => !pattern.test(secret)))
      this.#problems.push(`${name} holds something else than ${takes}`);
    return secrets;
  }

  /** Adds a problem that is not one variable's. */
  problem(text: string): void {
    this.#problems.push(text);
  }

  matching(name: string, pattern: RegExp, takes: string, fallback?: string): string {
    const value = this.text(name, fallback);
    if (value !== "" && !pattern.test(value)) this.#problems.push(`${name} is "${value}", it takes ${takes}`);
    return value;
  }

  url(name: string, fallback?: string): string {
    const value = this.text(name, fallback);
    if (value !== "" && (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol))) {
      this.#problems.push(`${name} is "${value}", it takes an http or https URL`);
    }
    return value.replace(/\/+$/, "");
  }

  integer(name: string, range: NumberRange): number {
    const text = this.#env[name]?.trim();
    if (!text) return range.fallback;
    const value = Number(text);
    if (Number.isInteger(value) && value >= range.min && value <= range.max) return value;
    this.#problems.push(`${name} is "${text}", it takes a whole number from ${range.min} to ${range.max}`);
    return range.fallback;
  }

  /** Seconds, which may have a fraction. */
  seconds(name: string, range: NumberRange): number {
    const text = this.#env[name]?.trim();
    if (!text) return range.fallback;
    const value = Number(text);
    if (Number.isFinite(value) && value >= range.min && value <= range.max) return value;
    this.#problems.push(`${name} is "${text}", it takes seconds from ${range.min} to ${range.max}`);
    return range.fallback;
  }

  choice<const T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const text = this.#env[name]?.trim();
    if (!text) return fallback;
    const found = choices.find((choice) => choice.toLowerCase() === text.toLowerCase());
    if (found === undefined)
      this.#problems.push(`${name} is "${text}", it takes one of ${choices.join(", ")}`);
    return found ?? fallback;
  }

  done(): void {
    if (this.#problems.length > 0) {
      throw new PipelineError("CONFIG_INVALID", "never", this.#problems.join("\n"));
    }
  }
}

/** What every service reads. */
export interface ServiceConfig {
  /** Where to listen; Cloud Run needs all interfaces, `infra/local` sets 127.0.0.1. */
  readonly host: string;
  readonly port: number;
  readonly logLevel: Severity;
  readonly project: string;
  readonly bucket: string;
  /** How long one request to Google may take before it is given up, and tried again where that helps. */
  readonly requestTimeoutMs: number;
  /** The longest that an event waits for its drain, in milliseconds (`window.ts`). */
  readonly windowMs: number;
  readonly alarm: AlarmConfig;
  readonly schemasFolder: string;
}

/** Where alarms go. Cloud Tasks calls the two URLs as this service account (empty: no token, as locally). */
export interface AlarmConfig {
  readonly project: string;
  readonly location: string;
  readonly queueDrain: string;
  readonly queueLoad: string;
  /** Counting days takes minutes, and a queue dispatches one task at a time: loads must not wait for it. */
  readonly queueRollup: string;
  readonly batcherUrl: string;
  readonly loaderUrl: string;
  readonly serviceAccount: string;
}

const RESOURCE_ID = /^[A-Za-z0-9][A-Za-z0-9._~+%-]{0,254}$/;

export function readServiceConfig(reader: EnvReader, defaultPort: number): ServiceConfig {
  const project = reader.matching("GOOGLE_CLOUD_PROJECT", /^[a-z][a-z0-9.:-]{2,61}[a-z0-9]$/, "a project id");
  return {
    host: reader.text("HOST", "0.0.0.0"),
    port: reader.integer("PORT", { fallback: defaultPort, min: 0, max: 65_535 }),
    logLevel: reader.choice("LOG_LEVEL", ["DEBUG", "INFO", "WARNING", "ERROR"], "INFO"),
    project,
    bucket: reader.matching("GCS_BUCKET", /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/, "a bucket name"),
    requestTimeoutMs: reader.integer("REQUEST_TIMEOUT_MS", { fallback: 20_000, min: 100, max: 120_000 }),
    windowMs: readWindowMs(reader),
    alarm: {
      project,
      location: reader.matching("GOOGLE_CLOUD_LOCATION", /^[a-z0-9-]+$/, "a location", "us-central1"),
      queueDrain: reader.matching("TASKS_QUEUE_DRAIN", RESOURCE_ID, "a queue id", "pullhouse-drain"),
      queueLoad: reader.matching("TASKS_QUEUE_LOAD", RESOURCE_ID, "a queue id", "pullhouse-load"),
      queueRollup: reader.matching("TASKS_QUEUE_ROLLUP", RESOURCE_ID, "a queue id", "pullhouse-rollup"),
      batcherUrl: reader.url("BATCHER_URL"),
      loaderUrl: reader.url("LOADER_URL"),
      serviceAccount: reader.text("TASKS_SERVICE_ACCOUNT", ""),
    },
    schemasFolder: readSchemasFolder(reader),
  };
}

export function readWindowMs(reader: EnvReader): number {
  return 1000 * reader.seconds("WINDOW_SECONDS", { fallback: 40, min: 0.5, max: 3600 });
}

/** Own schemas beside a bundle, or in place of ours; the folder is a whole one, with envelope and views. */
export function readSchemasFolder(reader: EnvReader): string {
  return reader.text("SCHEMAS_FOLDER", "") || schemasFolder();
}
