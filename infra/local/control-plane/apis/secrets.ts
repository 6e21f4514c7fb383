/** Secret Manager: secrets and their versions; payloads are kept as they come. */
import {
  type Call,
  type Handler,
  type Handlers,
  nextEtag,
  projectNumber,
  projectOf,
  timestamp,
  type World,
} from "../call.ts";
import { collectionHandlers, existing, fullName, namedIn } from "../collection.ts";
import { GoogleError, notFound } from "../google-error.ts";
import { type Json, recordAt, textAt } from "../json.ts";

const SECRETS = "secretmanager.projects.secrets";

/** Answers name the project by its number. */
const byNumber = (name: string) =>
  name.replace(/^projects\/[^/]+/, `projects/${projectNumber(projectOf(name) ?? "")}`);

export const secretName = (project: string, secret: string) =>
  `//secretmanager.googleapis.com/projects/${project}/secrets/${secret}`;

/** The latest enabled version of a secret; undefined if it has none. */
export function latestVersion({ state }: World, secret: string): string | undefined {
  const versions = state.below(`${secret}/versions`);
  const enabled = versions.filter((name) => textAt(state.resources.get(name), "state") === "ENABLED");
  const number = (name: string) => Number(name.split("/").at(-1));
  return enabled.toSorted((a, b) => number(a) - number(b)).at(-1);
}

const addVersion: Handler = (call) => {
  const secret = namedIn(call);
  existing(call, secret);
  const { state } = call.world;
  const number = state.below(`${fullName(call, secret)}/versions`).length + 1;
  const version = {
    name: byNumber(`${secret}/versions/${number}`),
    createTime: timestamp(call.world),
    state: "ENABLED",
    etag: nextEtag(call.world),
  };
  const data = textAt(call.body, "payload.data");
  state.resources.set(fullName(call, `${secret}/versions/${number}`), { ...version, data });
  return version;
};

/** `…/versions/latest` or `…/versions/N`. */
function versionOf(call: Call): Json {
  const name = fullName(call, namedIn(call));
  const isLatest = name.endsWith("/latest");
  const secret = name.replace(/\/versions\/[^/]+$/, "");
  const found = call.world.state.resources.get(
    (isLatest ? latestVersion(call.world, secret) : undefined) ?? name,
  );
  if (found === undefined) throw notFound(`Secret Version [${byNumber(namedIn(call))}] not found.`);
  return found;
}

/** Without the payload. */
function shown(version: Json): Json {
  const { data, ...rest } = version;
  return data === undefined ? version : rest;
}

const access: Handler = (call) => {
  const { name, data, state } = versionOf(call);
  if (state !== "ENABLED") {
    throw new GoogleError(
      "FAILED_PRECONDITION",
      `Secret Version [${String(name)}] is in ${String(state)} state.`,
    );
  }
  return { name, payload: { data } };
};

const destroy: Handler = (call) => {
  const next = { ...shown(versionOf(call)), state: "DESTROYED", destroyTime: timestamp(call.world) };
  call.world.state.resources.set(fullName(call, namedIn(call)), next);
  return next;
};

const listVersions: Handler = (call) => {
  const parent = `${fullName(call, namedIn(call))}/versions`;
  const { state } = call.world;
  const versions = state.below(parent).map((name) => shown(state.resources.get(name) ?? {}));
  return { versions, totalSize: versions.length };
};

export const SECRET_MANAGER: Handlers = {
  ...collectionHandlers({
    prefix: SECRETS,
    schema: "Secret",
    items: "secrets",
    created: (call) => `${namedIn(call)}/secrets/${call.query["secretId"] ?? ""}`,
    filled: (secret, { world }, before) => ({
      ...secret,
      name: byNumber(textAt(secret, "name")),
      replication: recordAt(secret, "replication"),
      createTime: before?.["createTime"] ?? timestamp(world),
      etag: nextEtag(world),
    }),
    afterDelete: (call, name) => {
      const { state } = call.world;
      for (const version of state.below(fullName(call, name))) state.resources.delete(version);
    },
  }),
  [`${SECRETS}.addVersion`]: addVersion,
  [`${SECRETS}.versions.get`]: (call) => shown(versionOf(call)),
  [`${SECRETS}.versions.list`]: listVersions,
  [`${SECRETS}.versions.access`]: access,
  [`${SECRETS}.versions.destroy`]: destroy,
};
