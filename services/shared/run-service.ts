/** The life of a service as a process: start, listen, say so, stop on SIGTERM. */
import { systemClock } from "./clock.ts";
import { PipelineError, reasonOf } from "./errors.ts";
import { type HttpApp, serveHttp } from "./http.ts";
import type { Log } from "./log.ts";
import { sourceStack } from "./source-stack.ts";

/** With the nine seconds in which requests come to their end, inside the ten until SIGKILL. */
const CLOSE_BUDGET_MS = 800;

export interface Service {
  readonly app: HttpApp;
  readonly host: string;
  readonly port: number;
  readonly log: Log;
  /**
   * Called once it listens: what the first request needs and the start does not. A failure ends the process, as one
   * of the start would.
   */
  listening?(): Promise<void>;
  /** Called first when the process is asked to stop: long work should come to its end. */
  stopping?(): void;
  /** What is left to do once the last request is answered: flush, close clients. Nothing that an answer stood for. */
  close(): Promise<void>;
  /** How long that may take, where it is not Cloud Run that waits. */
  readonly closeBudgetMs?: number;
}

/**
 * Runs until SIGTERM or SIGINT. A wrong configuration ends the process with status 2 and one line per
 * problem on stderr; anything else that stops the start, or escapes later, with status 1.
 */
export async function runService(name: string, start: () => Service | Promise<Service>): Promise<void> {
  process.on("unhandledRejection", (error) => fail(name, error));
  process.on("uncaughtException", (error) => fail(name, error));
  try {
    const service = await start();
    const serving = await serveHttp(service.app, {
      ...service,
      failed: (error) => service.log.error("internal error", { reason: reasonOf(error) }),
    });
    let stopping = false;
    const stop = async () => {
      if (stopping) return;
      stopping = true;
      service.log.info("stopping");
      service.stopping?.();
      await serving.stop();
      await Promise.race([service.close(), systemClock.sleep(service.closeBudgetMs ?? CLOSE_BUDGET_MS)]);
      service.log.info("stopped");
      process.exit(0);
    };
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.on(signal, () => {
        stop().catch((error: unknown) => fail(name, error));
      });
    }
    // Who reads this may stop it at once.
    service.log.info("listening", { port: serving.port });
    await service.listening?.();
    service.log.debug("ready");
  } catch (error) {
    fail(name, error);
  }
}

function fail(name: string, error: unknown): never {
  if (error instanceof PipelineError && error.code === "CONFIG_INVALID") {
    for (const line of error.message.split("\n")) process.stderr.write(`${name}: ${line}\n`);
    process.exit(2);
  }
  if ((error as NodeJS.ErrnoException | null)?.code === "EADDRINUSE") {
    process.stderr.write(
      `${name}: port ${(error as { port?: number }).port} is taken; set PORT to a free one\n`,
    );
    process.exit(1);
  }
  const message = (error instanceof Error && error.stack) || reasonOf(error);
  process.stderr.write(
    `${JSON.stringify({ severity: "CRITICAL", message: sourceStack(message), service: name })}\n`,
  );
  process.exit(1);
}
