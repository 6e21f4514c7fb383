/** How a gRPC client survives connections that die without a word, as after a network's outage. */
import { type Client, connectivityState } from "@grpc/grpc-js";

const DEADLINE_EXCEEDED = 4;

/**
 * Without pings a channel keeps a dead connection, and every call on it times out, until TCP gives up after minutes.
 * They are sent while a call is under way; one that is not answered ends the connection, and the next call opens a new
 * one (https://grpc.io/docs/guides/keepalive/). Twenty seconds for a request make a ping every thirty, which Google's
 * own clients send, too (Bigtable's for Java).
 */
export function channelOptions(requestTimeoutMs: number) {
  return {
    "grpc.keepalive_time_ms": 1.5 * requestTimeoutMs,
    "grpc.keepalive_timeout_ms": requestTimeoutMs / 2,
    // A renewed client must not be given the connection that hangs.
    "grpc.use_local_subchannel_pool": 1,
  };
}

/**
 * A client that is made anew when its channel hangs. grpc-js waits without end for the first frame of a connection
 * that was accepted (https://github.com/grpc/grpc-node/issues/2785): calls then end at their deadlines, one like the
 * other, and the pings above have not begun.
 */
export class RenewedClient<C extends { close(): Promise<unknown> }> {
  readonly #create: () => C;
  #current: C;

  constructor(create: () => C) {
    this.#create = create;
    this.#current = create();
  }

  get current(): C {
    return this.#current;
  }

  /**
   * Call it with what a call rejected with; anything but a deadline leaves the client as it is.
   * @param used the client of that call: of many that end together, the first makes the new one
   * @param stub what tells whether its channel is connected; without it every deadline counts
   */
  async renewAfter(error: unknown, used: C, stub?: Promise<unknown>): Promise<void> {
    if ((error as { code?: number }).code !== DEADLINE_EXCEEDED) return;
    if (stub !== undefined && isConnected((await stub) as Client)) return;
    if (used !== this.#current) return;
    this.#current = this.#create();
    void abandon(used);
  }

  async close(): Promise<void> {
    await this.#current.close();
  }
}

/** Each of its calls has been told of its own failure, so that what goes wrong here is no news. */
const abandon = (client: { close(): Promise<unknown> }) => Promise.allSettled([client.close()]);

const isConnected = (stub: Client) =>
  stub.getChannel().getConnectivityState(false) === connectivityState.READY;
