/** How a gRPC client notices that its connection is dead though nobody closed it, as after a network's outage. */

/**
 * Without pings a channel keeps such a connection, and every call on it times out, until TCP gives up after minutes.
 * They are sent while a call is under way; one that is not answered ends the connection, and the next call opens a new
 * one (https://grpc.io/docs/guides/keepalive/). Twenty seconds for a request make a ping every thirty, which Google's
 * own clients send, too (Bigtable's for Java).
 */
export function keepalive(requestTimeoutMs: number) {
  return {
    "grpc.keepalive_time_ms": 1.5 * requestTimeoutMs,
    "grpc.keepalive_timeout_ms": requestTimeoutMs / 2,
  };
}
