/** Finds the described method of a request, by host, verb and path. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ApiDescription, MethodDescription } from "./description.ts";

export interface Method extends MethodDescription {
  /** For example `pubsub.projects.topics.create`. */
  readonly id: string;
  readonly api: ApiDescription;
}

export interface Match {
  readonly method: Method;
  /** By name, decoded. */
  readonly params: Readonly<Record<string, string>>;
}

export type FindMethod = (host: string, verb: string, path: string) => Match | undefined;

interface Route {
  readonly method: Method;
  readonly pattern: RegExp;
}

const FOLDER = join(import.meta.dirname, "descriptions");

export function readDescriptions(): readonly ApiDescription[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".json"))
    .map((file) => JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as ApiDescription);
}

export function createFindMethod(apis: readonly ApiDescription[]): FindMethod {
  const routes = new Map<string, Route[]>();
  for (const api of apis) {
    const ofHost = routes.get(api.host) ?? [];
    for (const [id, described] of Object.entries(api.methods)) {
      const method = { ...described, id, api };
      ofHost.push({ method, pattern: patternOf(method) });
    }
    // `{+name}:pause` before `{+name}`, which would take the verb for a part of the name.
    routes.set(
      api.host,
      ofHost.toSorted((a, b) => Number(hasVerb(b)) - Number(hasVerb(a))),
    );
  }
  return (host, verb, path) => {
    for (const { method, pattern } of routes.get(host) ?? []) {
      const found = method.verb === verb ? pattern.exec(path) : null;
      if (found !== null) return { method, params: decoded(found.groups ?? {}) };
    }
    return undefined;
  };
}

const hasVerb = ({ method }: Route) => /:\w+$/.test(method.path);

/** `v1/{+name}:pause` becomes `^v1/(?<name>projects/[^/]+/…):pause$`. */
function patternOf({ path, patterns }: Method): RegExp {
  const parts = path.split(/(\{\+?\w+\})/).map((part) => {
    const [, name] = /^\{\+?(\w+)\}$/.exec(part) ?? [];
    if (name === undefined) return part.replaceAll(/[.$^*+?()[\]|\\]/g, String.raw`\$&`);
    return `(?<${name}>${(patterns[name] ?? "[^/]+").replaceAll(/^\^|\$$/g, "")})`;
  });
  return new RegExp(`^${parts.join("")}$`);
}

function decoded(groups: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
}
