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

/** Beside the calls of an adapter. */
export interface Connection {
  /** Gets ready for the first call. Never rejects. */
  warm(): Promise<void>;
  close(): Promise<void>;
}

interface GoogleClient {
  /** Finds credentials and makes the stub; how that ended stays so. */
  initialize(): Promise<unknown>;
  close(): Promise<unknown>;
}

/**
 * A client that is made anew when it could not be initialized, or when its channel hangs: grpc-js waits without end for
 * the first frame of a connection that was accepted (https://github.com/grpc/grpc-node/issues/2785); calls then end at
 * their deadlines, one like the other, and the pings above have not begun.
 */
export class RenewedClient<C extends GoogleClient> {
  readonly #create: () => C;
  readonly #stubOf: (client: C) => Promise<unknown> | undefined;
  readonly #keepsConnected: boolean;
  #current: C;

  /** @param keepsConnected false: every deadline makes a new client, and not only one whose channel is not connected */
  constructor(
    create: () => C,
    stubOf: (client: C) => Promise<unknown> | undefined,
    { keepsConnected = true } = {},
  ) {
    this.#create = create;
    this.#stubOf = stubOf;
    this.#keepsConnected = keepsConnected;
    this.#current = create();
  }

  /** Finds credentials and connects, so that the first call need not. Never rejects: what fails here, that call meets again. */
  async warm(): Promise<void> {
    const client = this.#current;
    try {
      await client.initialize();
      (await this.#channelOf(client))?.getConnectivityState(true);
    } catch {
      this.#renew(client);
    }
  }

  /**
   * Initializes first, though each call of these clients does the same: there, a failure is one that nobody can catch
   * (`.catch((error) => { throw error; })`), and no credentials, as while the metadata server does not answer, would end
   * the process.
   */
  async call<T>(send: (client: C) => Promise<T>): Promise<T> {
    const client = this.#current;
    try {
      await client.initialize();
    } catch (error) {
      this.#renew(client);
      throw error;
    }
    try {
      return await send(client);
    } catch (error) {
      const isLate = (error as { code?: number }).code === DEADLINE_EXCEEDED;
      if (isLate && !(this.#keepsConnected && (await this.#isConnected(client)))) this.#renew(client);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#current.close();
  }

  async #isConnected(client: C): Promise<boolean> {
    return (await this.#channelOf(client))?.getConnectivityState(false) === connectivityState.READY;
  }

  async #channelOf(client: C) {
    const stub = (await this.#stubOf(client)) as Client | undefined;
    return stub?.getChannel();
  }

  /** Of many calls that end together, the first makes the new one. */
  #renew(used: C): void {
    if (used !== this.#current) return;
    this.#current = this.#create();
    void abandon(used);
  }
}

/** Each of its calls has been told of its own failure, so that what goes wrong here is no news. */
const abandon = (client: GoogleClient) => Promise.allSettled([client.close()]);
