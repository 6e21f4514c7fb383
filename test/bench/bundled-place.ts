/** The production bundles away from the checkout, and the stand-ins that they need, with an issuer of tokens. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GROUP, startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { startLivePipeline } from "#test/support/live-pipeline.ts";

export interface BundledPlace extends AsyncDisposable {
  /** With a folder for each service. */
  readonly folder: string;
  readonly issuer: TestIssuer;
  /** Of any of the services. */
  readonly env: Readonly<Record<string, string>>;
}

export async function openBundledPlace(): Promise<BundledPlace> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "pullhouse-bundles-"));
  stack.defer(() => rmSync(folder, { recursive: true }));
  execFileSync(process.execPath, ["build.ts", folder], { stdio: "inherit" });
  // No alarm goes off while it lasts, so that its own services have nothing to do.
  const cloud = await startLivePipeline({ WINDOW_SECONDS: "3600" });
  stack.defer(() => cloud.stop());
  const issuer = await startTestIssuer();
  stack.defer(() => issuer.close());
  const kept = stack.move();
  return {
    folder,
    issuer,
    env: {
      ...cloud.env,
      PATH: process.env["PATH"] ?? "",
      METADATA_SERVER_DETECTION: "none",
      HOST: "127.0.0.1",
      PORT: "0",
      LOG_LEVEL: "INFO",
      CHAINGUARD_ISSUER: issuer.url,
      CHAINGUARD_GROUP: GROUP,
      // Those beside the bundle, as in the image.
      SCHEMAS_FOLDER: "",
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
