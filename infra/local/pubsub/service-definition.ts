/** The gRPC services google.pubsub.v1.Publisher and Subscriber, from the descriptor that Google's client ships. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { ServiceDefinition } from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";

/** Messages come as `messages.ts` has them: enums by name, 64-bit numbers as numbers, unset messages as null. */
export function pubsubServices(): {
  readonly publisher: ServiceDefinition;
  readonly subscriber: ServiceDefinition;
} {
  const path = createRequire(import.meta.url).resolve("@google-cloud/pubsub/build/protos/protos.json");
  const descriptor = JSON.parse(readFileSync(path, "utf8")) as Parameters<typeof fromJSON>[0];
  const definitions = fromJSON(descriptor, { longs: Number, enums: String, defaults: true });
  return {
    publisher: definitions["google.pubsub.v1.Publisher"] as ServiceDefinition,
    subscriber: definitions["google.pubsub.v1.Subscriber"] as ServiceDefinition,
  };
}
