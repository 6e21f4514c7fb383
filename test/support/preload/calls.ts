/** Loaded into a part of the pipeline before its program: each request that it receives is a line in `CALLS_FILE`. */
import { subscribe } from "node:diagnostics_channel";
import { appendFileSync } from "node:fs";

const file = process.env["CALLS_FILE"];
const [, part] = /(\w+)\/main\.ts$/.exec(process.argv[1] ?? "") ?? [];

function record(method: string | undefined, path: string | undefined): void {
  if (file !== undefined && part !== undefined) appendFileSync(file, `${part} ${method} ${path}\n`);
}

// https://nodejs.org/api/diagnostics_channel.html#built-in-channels
subscribe("http.server.request.start", (message) => {
  const { request } = message as { request: { method?: string; url?: string } };
  record(request.method, request.url);
});
subscribe("http2.server.stream.start", (message) => {
  const { headers } = message as { headers: Record<string, string | undefined> };
  record(headers[":method"], headers[":path"]);
});
