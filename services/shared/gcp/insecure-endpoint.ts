/** Where a gRPC client of Google's goes instead of Google: its low-level clients read no variable by themselves. */
import { credentials } from "@grpc/grpc-js";

/** @param host `host:port`, as in PUBSUB_EMULATOR_HOST; without it the client goes to Google */
export function insecureEndpoint(host: string | undefined) {
  if (host === undefined) return {};
  const colon = host.lastIndexOf(":");
  return {
    apiEndpoint: host.slice(0, colon),
    port: Number(host.slice(colon + 1)),
    sslCreds: credentials.createInsecure(),
  };
}
