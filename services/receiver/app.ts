/** The receiver's routes: everything but an event at a sender's plain address, which needs none. */
import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { type Answer, responseOf } from "./answer.ts";
import { internalError, type PostDeps, postEvent } from "./post-event.ts";
import { type ProblemName, problemAnswer } from "./problem.ts";
import type { Source } from "./sources/source.ts";
import { answerHandshake } from "./web-hook.ts";

type App = Hono<{ Bindings: HttpBindings }>;

export function createApp(deps: PostDeps, sources: readonly Source[]): App {
  const app: App = new Hono();

  app.get("/health", () => Response.json({ status: "ok" }));
  app.all("/health", () => problem("method-not-allowed", "use GET", { allow: "GET, HEAD" }));

  for (const source of sources) {
    app.post(source.path, async ({ env, req }) =>
      responseOf(await postEvent(deps, source, req.url, env.incoming, env.outgoing)),
    );
    app.options(source.path, ({ req }) => answerHandshake(req.raw.headers));
    app.all(source.path, () =>
      problem("method-not-allowed", "events are posted", { allow: "POST, OPTIONS" }),
    );
  }

  app.notFound(() => problem("not-found", "see the documentation for the addresses of the senders"));
  app.onError((error) => responseOf(internalError(deps.log, error)));
  return app;
}

function problem(name: ProblemName, detail: string, headers?: Answer["headers"]): Response {
  return responseOf(problemAnswer(name, detail, headers === undefined ? {} : { headers }));
}
