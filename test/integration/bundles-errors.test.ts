/** Errors with details, as Google's servers send them, mean the same to the bundled clients as to the packages. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Metadata, type sendUnaryData, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { build } from "esbuild";
import { afterAll, expect, test } from "vitest";
import { serveGrpc } from "#infra/local/grpc/grpc-server.ts";
import { pubsubServices } from "#infra/local/pubsub/service-definition.ts";
import { cloudTasksService } from "#infra/local/tasks/service-definition.ts";
import { PRODUCTION } from "../../build/bundle.ts";

const PROCESS = fileURLToPath(new URL("bundles-errors-process.ts", import.meta.url));
const opened = new AsyncDisposableStack();
afterAll(() => opened.disposeAsync());

const ALREADY_EXISTS = 6;
const PERMISSION_DENIED = 7;
const UNAVAILABLE = 14;

/** A field of protobuf's wire format with its length before it (https://protobuf.dev/programming-guides/encoding/). */
function field(number: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
}

/** google.rpc.Status with an ErrorInfo (https://cloud.google.com/apis/design/errors#error_info). */
function failure(code: number, message: string) {
  const info = Buffer.concat([field(1, "REASON"), field(2, "googleapis.com")]);
  const any = Buffer.concat([field(1, "type.googleapis.com/google.rpc.ErrorInfo"), field(2, info)]);
  const metadata = new Metadata();
  const status = Buffer.concat([Buffer.from([1 << 3, code]), field(2, message), field(3, any)]);
  metadata.set("grpc-status-details-bin", status);
  return { code, details: message, metadata };
}

type Call = { readonly request: { readonly parent?: string; readonly topic?: string } };

/** The drain's task exists, the load's may not be made. */
const tasks: UntypedServiceImplementation = {
  createTask: ({ request }: Call, answer: sendUnaryData<object>) =>
    answer(
      request.parent?.endsWith("/drain") === true
        ? failure(ALREADY_EXISTS, "the task exists")
        : failure(PERMISSION_DENIED, "no right to this queue"),
    ),
};
/** One topic nobody may publish to, the other takes every second request. */
let requests = 0;
const publisher: UntypedServiceImplementation = {
  publish({ request }: Call, answer: sendUnaryData<object>) {
    if (request.topic?.endsWith("/busy") !== true)
      answer(failure(PERMISSION_DENIED, "no right to this topic"));
    else if (requests++ % 2 === 0) answer(failure(UNAVAILABLE, "busy"));
    else answer(null, { messageIds: ["1"] });
  },
};

test("a task that exists is a success, what may help is tried again, and any other error says what the server said", async () => {
  const server = await serveGrpc(
    [
      { definition: cloudTasksService("v2"), implementation: tasks },
      { definition: pubsubServices().publisher, implementation: publisher },
    ],
    0,
  );
  opened.defer(() => server.stop());
  const folder = mkdtempSync(join(tmpdir(), "pullhouse-errors-"));
  opened.defer(() => rmSync(folder, { recursive: true }));
  await build({ ...PRODUCTION, entryPoints: [PROCESS], outdir: folder });
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');

  const outcomes = async (script: string) => {
    const { stdout } = await promisify(execFile)(process.execPath, [script, `127.0.0.1:${server.port}`]);
    return JSON.parse(stdout) as object;
  };
  const bundled = await outcomes(join(folder, "bundles-errors-process.js"));
  expect(bundled).toEqual({
    drain: "done",
    load: expect.stringMatching(/^ALARM_UNAVAILABLE .*no right to this queue/),
    forbidden: expect.stringMatching(/^QUEUE_UNAVAILABLE .*no right to this topic/),
    busy: "done",
  });
  expect(bundled).toEqual(await outcomes(PROCESS));
  expect(requests).toBe(4);
});
