/** One part as a process of its own: started, watched, started again when it dies, stopped by its id. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Part } from "../environment.ts";
import { faultText } from "../fault-text.ts";
import { LOCAL_HOST } from "../stand-in.ts";
import { residentBytes } from "./process-table.ts";

export type Notice =
  | { readonly what: "died"; readonly part: string; readonly how: string; readonly againInMs: number }
  | { readonly what: "back"; readonly part: string; readonly pid: number };

export interface PartContext {
  /** Where the entries are relative to. */
  readonly root: string;
  readonly logFolder: string;
  readonly variables: NodeJS.ProcessEnv;
  readonly notice: (notice: Notice) => void;
}

/** Also how a part is told from other processes. */
export const WATCH_PARENT = new URL("./watch-parent.ts", import.meta.url).href;
const BACKOFF_MS = { first: 200, most: 5_000 };
/** A part that lived this long starts again without a longer pause. */
const STEADY_MS = 10_000;
const READY_WITHIN_MS = 60_000;
const PROBE_EVERY_MS = 50;
/** A service stops within nine seconds (services/shared/http.ts); who takes longer is killed. */
const STOP_WITHIN_MS = 12_000;
const MEMORY_EVERY_MS = 1_000;
const TAIL_LINES = 12;

export class RunningPart {
  readonly part: Part;
  readonly logFile: string;
  /** The most memory that any of its processes used, in bytes. */
  peakBytes = 0;
  /** How often it was started again. */
  restarts = 0;
  readonly #context: PartContext;
  readonly #pidFile: string;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #stopping = false;
  #wasReady = false;
  #pauseMs = BACKOFF_MS.first;
  readonly #stopped = new AbortController();

  constructor(part: Part, context: PartContext) {
    this.part = part;
    this.#context = context;
    this.logFile = join(context.logFolder, `${part.name}.log`);
    this.#pidFile = join(context.logFolder, `${part.name}.pid`);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves once the part listens. @throws Error with the end of its log when it ends before that */
  async start(): Promise<void> {
    this.#spawn();
    void this.#watchMemory();
    await this.#ready();
    this.#wasReady = true;
  }

  /** SIGTERM, then SIGKILL when its time is over; resolves when the process is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#stopped.abort();
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    await this.measureMemory();
    child.kill("SIGTERM");
    const force = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
    await this.#exited;
    clearTimeout(force);
  }

  async measureMemory(): Promise<void> {
    const bytes = this.pid === undefined ? undefined : await residentBytes(this.pid);
    if (bytes !== undefined) this.peakBytes = Math.max(this.peakBytes, bytes);
  }

  #spawn(): void {
    const { part } = this;
    const log = openSync(this.logFile, "a");
    const startedAt = performance.now();
    const child = spawn(process.execPath, ["--import", WATCH_PARENT, part.entry], {
      cwd: this.#context.root,
      env: { ...this.#context.variables, ...part.variables },
      // The channel is what watch-parent.ts watches. Logs go straight to the file: nothing to read here.
      stdio: ["ignore", log, log, "ipc"],
      // A process group of its own: Ctrl-C reaches only us, and we stop the parts in order.
      detached: true,
    });
    closeSync(log);
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      const ended = (how: string) => {
        resolve();
        this.#onExit(how, performance.now() - startedAt);
      };
      child.once("exit", (code, signal) => ended(signal ?? `status ${code}`));
      child.once("error", (error) => ended(error.message));
    });
    this.#notePid(child);
  }

  /** A part that would not be found after a crash of ours, as when the disk is full, is ended and started again later. */
  #notePid(child: ChildProcess): void {
    if (child.pid === undefined) return;
    try {
      writeFileSync(this.#pidFile, String(child.pid));
    } catch (error) {
      console.error(`${this.part.name}: ${faultText(error)}`);
      child.kill("SIGKILL");
    }
  }

  #onExit(how: string, livedMs: number): void {
    if (this.#stopping || !this.#wasReady) return;
    const againInMs = livedMs > STEADY_MS ? BACKOFF_MS.first : this.#pauseMs;
    this.#pauseMs = Math.min(2 * againInMs, BACKOFF_MS.most);
    this.#context.notice({ what: "died", part: this.part.name, how, againInMs });
    void this.#startAgain(againInMs);
  }

  async #startAgain(pauseMs: number): Promise<void> {
    await this.#pause(pauseMs);
    if (this.#stopping) return;
    this.restarts += 1;
    this.#spawn();
    const listens = await this.#ready().then(
      () => true,
      () => false, // Its exit has been noticed by #onExit, which tries again.
    );
    if (listens && this.pid !== undefined) {
      this.#context.notice({ what: "back", part: this.part.name, pid: this.pid });
    }
  }

  async #ready(): Promise<void> {
    const child = this.#child;
    const until = performance.now() + READY_WITHIN_MS;
    while (performance.now() < until) {
      if (this.#stopping) throw new Error(`${this.part.name} was stopped while it started`);
      if (
        child === undefined ||
        child.pid === undefined ||
        child.exitCode !== null ||
        child.signalCode !== null
      ) {
        throw new Error(`${this.part.name} ended while it started:\n${this.#tail()}`);
      }
      if (await accepts(this.part.port)) return;
      await this.#pause(PROBE_EVERY_MS);
    }
    throw new Error(
      `${this.part.name} does not listen on port ${this.part.port} after ${READY_WITHIN_MS / 1000} s:\n${this.#tail()}`,
    );
  }

  #tail(): string {
    const lines = readFileSync(this.logFile, "utf8").trimEnd().split("\n");
    return lines
      .slice(-TAIL_LINES)
      .map((line) => `  ${line}`)
      .join("\n");
  }

  async #watchMemory(): Promise<void> {
    while (!this.#stopping) {
      await this.measureMemory();
      await this.#pause(MEMORY_EVERY_MS);
    }
  }

  /** Ends early, without a word, when the part is stopped. */
  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, LOCAL_HOST);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** The repository's root, wherever it was started from. */
export const REPOSITORY_ROOT = fileURLToPath(new URL("../../../", import.meta.url));
