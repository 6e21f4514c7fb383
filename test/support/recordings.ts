/** Recordings of real clients (test/fixtures/recordings), as the events of each registry that reports pulls. */
import { readdirSync, readFileSync } from "node:fs";
import type { HandMade } from "./event-warehouse.ts";

const FOLDER = "test/fixtures/recordings";

interface Answered {
  readonly ms: number;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly agent: string;
  readonly type?: string;
  readonly digest?: string;
}

export interface Recording {
  readonly scenario: string;
  readonly what: string;
  readonly pulls?: number;
  /** Several counts, where the requests do not tell. */
  readonly accept?: readonly number[];
  readonly requests: readonly Answered[];
}

/** One request for a manifest or a blob, as far as registries report it. */
export interface Request {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly method: "GET" | "HEAD";
  readonly kind: "manifest" | "blob";
  readonly repository: string;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
  readonly mediaType?: string | undefined;
  readonly status: number;
  readonly agent?: string;
  readonly who: string;
  readonly address: string;
}

export function readRecordings(): readonly Recording[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".json"))
    .map((name) => JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8")) as Recording);
}

/** The requests for manifests and blobs, in repositories below `prefix`, from `at` (milliseconds since the epoch) on. */
export function requestsOf(recording: Recording, prefix: string, at: number): Request[] {
  return recording.requests.flatMap(({ ms, method, path, status, agent, type, digest }) => {
    const [, repository, kind, reference] = /^\/v2\/(.+?)\/(manifests|blobs)\/([^?/]+)$/.exec(path) ?? [];
    if (reference === undefined || (method !== "GET" && method !== "HEAD")) return [];
    const isTag = !reference.startsWith("sha256:");
    return {
      at: at + ms,
      method,
      kind: kind === "manifests" ? "manifest" : "blob",
      repository: `${prefix}/${repository}`,
      tag: isTag ? reference : undefined,
      digest: isTag ? digest : reference,
      mediaType: status < 400 ? type : undefined,
      status,
      agent,
      who: "ci",
      address: "203.0.113.9",
    } as const;
  });
}

const seconds = (at: number) => `${new Date(at).toISOString().slice(0, 19)}Z`;

/** Chainguard reports every request, failures too, without a media type. `ce_time` has whole seconds. */
function chainguard(request: Request): HandMade[] {
  const { at, status, kind, tag, digest, method, repository } = request;
  const error = { status, code: kind === "blob" ? "BLOB_UNKNOWN" : "MANIFEST_UNKNOWN", message: "" };
  return [
    {
      type: "dev.chainguard.registry.pull.v1",
      time: seconds(at),
      data: {
        actor: { subject: request.who },
        body: {
          repository,
          tag,
          digest: digest ?? "",
          method,
          type: kind,
          when: new Date(at).toISOString().slice(0, 23),
          remote_address: request.address,
          user_agent: request.agent,
          ...(status >= 400 ? { error } : {}),
        },
      },
    },
  ];
}

/** Distribution reports what it answered with success. */
function distribution(request: Request): HandMade[] {
  const { at, status, kind, tag, digest, method, repository, mediaType } = request;
  if (status >= 400) return [];
  const time = new Date(at).toISOString();
  return [
    {
      type: "io.cncf.distribution.pull.v1",
      time,
      source: "registry.example.com",
      data: {
        id: "",
        timestamp: time,
        action: "pull",
        target: {
          mediaType: kind === "blob" ? "application/octet-stream" : mediaType,
          digest,
          repository,
          tag,
        },
        request: {
          id: "",
          addr: `${request.address}:4000`,
          host: "registry.example.com",
          method,
          useragent: request.agent,
        },
        actor: { name: request.who },
      },
    },
  ];
}

/** Harbor reports manifests that were downloaded: neither client nor address, and whole seconds. */
function harbor(request: Request): HandMade[] {
  const { at, tag, digest = "", repository } = request;
  if (!isDownload(request)) return [];
  const artifact = {
    digest,
    tag: tag ?? digest,
    resource_url: `harbor.example.com/${repository}:${tag ?? digest}`,
  };
  return [
    {
      type: "harbor.artifact.pulled",
      time: seconds(at),
      source: "/projects/2/webhook/policies/15",
      data: { resources: [artifact], repository: { repo_full_name: repository } },
      extensions: { operator: request.who },
    },
  ];
}

/** Mirantis Secure Registry reports a manifest that was downloaded, and its tag in an event of its own. */
function msr(request: Request): HandMade[] {
  const { at, tag, digest, repository, who } = request;
  if (!isDownload(request)) return [];
  const [namespace = "", ...rest] = repository.split("/");
  const event = (kind: string, more: object): HandMade => ({
    type: `com.mirantis.msr.${kind}.pull.v1`,
    time: new Date(at).toISOString(),
    source: "msr.example.com",
    data: { type: "", contents: { namespace, repository: rest.join("/"), digest, author: who, ...more } },
  });
  return [...(tag === undefined ? [] : [event("tag", { tag })]), event("manifest", {})];
}

const isDownload = ({ kind, method, status }: Request) =>
  kind === "manifest" && method === "GET" && status < 400;

/** What each registry posts for a request. */
export const REGISTRIES: Readonly<Record<string, (request: Request) => HandMade[]>> = {
  chainguard,
  distribution,
  harbor,
  msr,
};
