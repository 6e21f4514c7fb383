/** How Google's clients become part of a bundle: all that they need, and little of what they do not. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "esbuild";
import { lazyModules } from "./lazy-requires.ts";
import { type Definition, pruneDefinitions } from "./prune-definitions.ts";

/**
 * The Cloud Tasks client reads JSON files beside its own modules by computed paths, which a bundler cannot follow;
 * written as `require` of a constant they become part of the bundle.
 */
const jsonOfTasksClient: Plugin = {
  name: "json-of-tasks-client",
  setup(build) {
    build.onLoad({ filter: /@google-cloud[\\/]tasks[\\/]build[\\/]esm[\\/]src[\\/].*\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replaceAll(
        /getJSON\(path\.join\(dirname, ([^)]*)\)\)/g,
        (_call, parts: string) => {
          const segments = [...parts.matchAll(/'([^']*)'/g)].map(([, segment = ""]) => segment);
          return `require(${JSON.stringify(join(dirname(path), ...segments))})`;
        },
      ),
    }));
  },
};

const PROTOS = String.raw`(@google-cloud|google-gax)[\\/].*[\\/]protos[\\/]`;

/**
 * The clients send and read messages by the definitions in JSON. The classes that are generated of the same
 * definitions, 3.6 MB of code, serve their callers' types; no service uses them, and reading them took a third of the
 * time to the first answer. An import of one by its name would fail the build.
 */
const withoutGeneratedMessages: Plugin = {
  name: "without-generated-messages",
  setup(build) {
    const filter = new RegExp(`${PROTOS}(protos|iam_service|locations|operations)\\.js$`);
    build.onLoad({ filter }, () => ({ contents: "export {};" }));
  },
};

/**
 * The methods that services/shared/gcp calls; a call of another would fail. An event's journey through the bundles makes
 * them all in a test, but for ModifyAckDeadline, which only a long drain needs and whose bytes another test compares.
 */
export const CALLS: ReadonlySet<string> = new Set([
  "google.pubsub.v1.Publisher.Publish",
  "google.pubsub.v1.Subscriber.Pull",
  "google.pubsub.v1.Subscriber.Acknowledge",
  "google.pubsub.v1.Subscriber.ModifyAckDeadline",
  "google.cloud.tasks.v2.CloudTasks.CreateTask",
]);

/** Each definition is turned into several objects when its client is made. */
const withoutUnreachedMessages: Plugin = {
  name: "without-unreached-messages",
  setup(build) {
    const filter = new RegExp(`${PROTOS}(protos|iam_service|locations|operations)\\.json$`);
    build.onLoad({ filter }, ({ path }) => ({
      contents: JSON.stringify(pruneDefinitions(JSON.parse(readFileSync(path, "utf8")) as Definition, CALLS)),
      loader: "json",
    }));
  },
};

/** Nobody asks our clients to describe their messages (https://grpc.io/docs/guides/reflection/). */
const withoutDescriptors: Plugin = {
  name: "without-descriptors",
  setup(build) {
    build.onLoad({ filter: /@grpc[\\/]proto-loader[\\/]build[\\/]src[\\/]index\.js$/ }, ({ path }) => ({
      contents: replaced(path, [
        [`require("protobufjs/ext/descriptor")`, "undefined"],
        ["root.toDescriptor('proto3').file", "[]"],
        ["message.toDescriptor('proto3')", "undefined"],
        ["messageDescriptor.$type.toObject(messageDescriptor, descriptorOptions)", "undefined"],
        ["enumType.toDescriptor('proto3')", "undefined"],
        ["enumDescriptor.$type.toObject(enumDescriptor, descriptorOptions)", "undefined"],
      ]),
    }));
  },
};

/** @throws Error when a new version of the package looks different */
function replaced(path: string, parts: readonly (readonly [old: string, replacement: string])[]): string {
  return parts.reduce(
    (text, [old, replacement]) => {
      const [before, after, ...more] = text.split(old);
      if (before === undefined || after === undefined || more.length > 0)
        throw new Error(`${path} does not have ${old} once: see what became of it, or leave out the plugin`);
      return before + replacement + after;
    },
    readFileSync(path, "utf8"),
  );
}

export const leanClients: readonly Plugin[] = [
  jsonOfTasksClient,
  withoutGeneratedMessages,
  withoutUnreachedMessages,
  withoutDescriptors,
  lazyModules,
];
