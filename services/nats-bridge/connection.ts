/** The connection to nats-server: it comes back for ever, and says what happens to it. */
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type NatsConnection,
} from "@nats-io/transport-node";
import { PipelineError, reasonOf } from "#services/shared/errors.ts";
import type { Log } from "#services/shared/log.ts";
import { persist, type RetryPorts } from "#services/shared/retry.ts";
import type { BridgeConfig, NatsCredentials } from "./config.ts";
import { Outage } from "./outage.ts";

const RECONNECT_WAIT_MS = 500;
/** For one attempt; the client's own 20 s would be spent on whatever takes the connection and says nothing. */
const CONNECT_TIMEOUT_MS = 5_000;
/** A server that died without a word is noticed after two of these. */
const PING_MS = 10_000;

/** Waits for a server that is not there yet, or that does not take the credentials yet. */
export async function openConnection(
  config: BridgeConfig,
  log: Log,
  ports: RetryPorts,
): Promise<NatsConnection> {
  const outage = new Outage(log, "not connected", "connected");
  const once = async () => {
    try {
      return await connect({
        servers: [...config.servers],
        name: "pullhouse-nats-bridge",
        maxReconnectAttempts: -1,
        // Else two refusals in a row, as while somebody changes the server's users, would be the end.
        ignoreAuthErrorAbort: true,
        reconnectTimeWait: RECONNECT_WAIT_MS,
        timeout: CONNECT_TIMEOUT_MS,
        pingInterval: PING_MS,
        ...authentication(config.credentials),
      });
    } catch (error) {
      outage.failed({ code: "NATS_UNAVAILABLE", reason: reasonOf(error) });
      throw new PipelineError("NATS_UNAVAILABLE", "later", reasonOf(error), { cause: error });
    }
  };
  const connection = await persist(once, () => false, ports);
  outage.succeeded();
  void report(connection, log);
  return connection;
}

function authentication(credentials: NatsCredentials): Partial<ConnectionOptions> {
  switch (credentials.kind) {
    case "none":
      return {};
    case "creds":
      return { authenticator: credsAuthenticator(credentials.content) };
    case "user":
      return { user: credentials.user, pass: credentials.pass };
    case "token":
      return { token: credentials.token };
    default:
      return credentials satisfies never;
  }
}

async function report(connection: NatsConnection, log: Log): Promise<void> {
  const refusals = new Outage(log, "nats-server refuses", "nats-server takes it again");
  for await (const status of connection.status()) {
    if (status.type === "disconnect") log.warn("disconnected", { code: "NATS_UNAVAILABLE" });
    if (status.type === "error") refusals.failed({ code: "NATS_UNAVAILABLE", reason: status.error.message });
    if (status.type === "reconnect") {
      log.info("connected");
      refusals.succeeded();
    }
  }
}
