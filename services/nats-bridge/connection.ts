/** The connection to nats-server: it comes back for ever, and says what happens to it. */
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type NatsConnection,
} from "@nats-io/transport-node";
import type { Log } from "#services/shared/log.ts";
import type { BridgeConfig, NatsCredentials } from "./config.ts";

const RECONNECT_WAIT_MS = 500;
/** A server that died without a word is noticed after two of these. */
const PING_MS = 10_000;

/** Waits for the server where there is none yet. @throws when the server refuses the credentials */
export async function openConnection(config: BridgeConfig, log: Log): Promise<NatsConnection> {
  const connection = await connect({
    servers: [...config.servers],
    name: "pullhouse-nats-bridge",
    maxReconnectAttempts: -1,
    waitOnFirstConnect: true,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    pingInterval: PING_MS,
    ...authentication(config.credentials),
  });
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
  for await (const status of connection.status()) {
    if (status.type === "disconnect") log.warn("disconnected", { code: "NATS_UNAVAILABLE" });
    if (status.type === "reconnect") log.info("connected");
    if (status.type === "error")
      log.error("nats-server refuses", { code: "NATS_UNAVAILABLE", reason: status.error.message });
  }
}
