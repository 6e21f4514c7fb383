/** The HTTP face of a service that an alarm wakes: one route that works and answers what it did. */
import { type Context, Hono } from "hono";
import type { Log } from "./log.ts";
import { sourceStack } from "./source-stack.ts";

/** What a round answers. */
interface RoundReport {
  readonly outcome: string;
  /** No alarm is set for what is left over, so the task must be repeated. */
  readonly retry?: boolean;
}

/**
 * 500 when the report asks for another try, so that Cloud Tasks repeats the task with a back-off; else 200, although
 * something may be left over: a round that armed the next one has a successor. The body is the report either way.
 */
export function createWorkerApp<R extends RoundReport>(
  route: `/${string}`,
  work: (context: Context) => Promise<R>,
  log: Log,
): Hono {
  const app = new Hono();
  app.get("/health", (context) => context.json({ status: "ok" }));
  app.post(route, async (context) => {
    const report = await work(context);
    return context.json(report, report.retry === true ? 500 : 200);
  });
  app.notFound((context) =>
    context.json(
      { title: "Not found", status: 404, detail: `this service answers POST ${route} and GET /health` },
      404,
    ),
  );
  app.onError((error, context) => {
    log.error("unexpected", { reason: sourceStack(error.stack ?? error.message) });
    return context.json({ title: "Internal error", status: 500 }, 500);
  });
  return app;
}
