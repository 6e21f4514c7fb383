/** The gRPC service CloudTasks in two versions, from the descriptor that Google's client ships. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { ServiceDefinition } from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";

/** The package exports its code only; from that file (build/cjs/src/index.cjs) the descriptor is two folders up. */
function descriptorPath(): string {
  const entry = createRequire(import.meta.url).resolve("@google-cloud/tasks");
  return join(entry, "../../../protos/protos.json");
}

/**
 * Messages come as `messages.ts` has them: enums by name, 64-bit numbers as numbers, unset messages as null.
 * @param version v2 of this descriptor has no `http_target` of a queue yet, though the API has
 * (https://docs.cloud.google.com/dotnet/docs/reference/Google.Cloud.Tasks.V2/latest/Google.Cloud.Tasks.V2.UriOverride.Types.UriOverrideEnforceMode);
 * v2beta3 has
 */
export function cloudTasksService(version: "v2" | "v2beta3"): ServiceDefinition {
  const descriptor = JSON.parse(readFileSync(descriptorPath(), "utf8")) as Parameters<typeof fromJSON>[0];
  const definitions = fromJSON(descriptor, { longs: Number, enums: String, defaults: true, oneofs: true });
  return definitions[`google.cloud.tasks.${version}.CloudTasks`] as ServiceDefinition;
}
