/** A control plane for one test, and what a client sends to it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ControlPlane,
  type ControlPlaneOptions,
  startControlPlane,
} from "#infra/local/control-plane/start.ts";

export const PROJECT = "acme-registry-events";

/** Verb, host and path, body, headers. */
export type Asked = readonly [string, string, unknown?, Readonly<Record<string, string>>?];

interface Answered {
  readonly status: number;
  // Google's JSON, as deep as a test looks.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
  /** The rule that the request broke; null if none. */
  readonly rule: string | null;
}

export interface Cloud extends ControlPlane {
  readonly ask: (asked: Asked) => Promise<Answered>;
  /** Asks one after the other. @throws Error if one is refused */
  readonly set: (...asked: readonly Asked[]) => Promise<Answered | undefined>;
}

/** Every API of the stack that is not enabled from the start. */
const APIS = [
  "artifactregistry",
  "cloudbilling",
  "cloudresourcemanager",
  "cloudscheduler",
  "cloudtasks",
  "iam",
  "pubsub",
  "run",
  "secretmanager",
  "storagetransfer",
];

export const ENABLE_APIS: Asked = [
  "POST",
  `serviceusage.googleapis.com/v1/projects/${PROJECT}/services:batchEnable`,
  { serviceIds: APIS.map((api) => `${api}.googleapis.com`) },
];

/** Runs a test with a control plane whose APIs are enabled, unless it says otherwise. */
export async function withCloud(
  test: (cloud: Cloud) => Promise<void>,
  options: Partial<ControlPlaneOptions> & { readonly isBare?: boolean } = {},
): Promise<void> {
  const { isBare = false, ...given } = options;
  const stateDir = mkdtempSync(join(tmpdir(), "pullhouse-control-plane-"));
  const controlPlane = await startControlPlane({ port: 0, stateDir, ...given });
  const cloud = clientOf(controlPlane);
  try {
    if (!isBare) await cloud.set(ENABLE_APIS);
    await test(cloud);
  } finally {
    await controlPlane.close();
    rmSync(stateDir, { recursive: true });
  }
}

export function clientOf(controlPlane: ControlPlane): Cloud {
  const ask = async ([method, path, body, headers]: Asked): Promise<Answered> => {
    const response = await fetch(`${controlPlane.url}/${path}`, {
      method,
      headers: { authorization: "Bearer owner", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === "" ? undefined : JSON.parse(text),
      rule: response.headers.get("x-pullhouse-rule"),
    };
  };
  const set = async (...all: readonly Asked[]) => {
    let last: Answered | undefined;
    for (const asked of all) {
      last = await ask(asked);
      if (last.status >= 300) throw new Error(`${asked[0]} ${asked[1]}: ${JSON.stringify(last.body)}`);
    }
    return last;
  };
  return { ...controlPlane, ask, set };
}
