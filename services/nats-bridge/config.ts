/** The bridge's settings. */
import { readFileSync } from "node:fs";
import { type Env, EnvReader } from "#services/shared/config.ts";
import { reasonOf } from "#services/shared/errors.ts";
import type { Severity } from "#services/shared/log.ts";

/** How the bridge makes itself known to nats-server. */
export type NatsCredentials =
  | { readonly kind: "none" }
  | { readonly kind: "creds"; readonly content: Uint8Array }
  | { readonly kind: "user"; readonly user: string; readonly pass: string }
  | { readonly kind: "token"; readonly token: string };

export interface BridgeConfig {
  readonly host: string;
  readonly port: number;
  readonly logLevel: Severity;
  readonly servers: readonly string[];
  readonly credentials: NatsCredentials;
  readonly subject: string;
  readonly queueGroup: string;
  /** Whether a stream that captures the subject is looked for. */
  readonly jetStream: "auto" | "never";
  /** The stream that must be there; without it, it is looked for. */
  readonly stream: string | undefined;
  readonly durable: string;
  /** Seconds after which JetStream gives a message to somebody else, unless it hears that it is still worked on. */
  readonly ackWaitSeconds: number;
  readonly receiverUrl: string;
  /** The value of `Authorization`. */
  readonly authorization: string;
  readonly requestTimeoutMs: number;
  readonly workers: number;
  /** What core NATS may have waiting in memory. */
  readonly bufferBytes: number;
}

const TAKES_SERVERS = "nats:// or tls:// URLs with commas between";
const SERVER = /^(nats|tls):\/\/[^\s,@]+$/;
/** https://docs.nats.io/nats-concepts/subjects */
const SUBJECT = /^[^\s.]+(\.[^\s.]+)*$/;
/** https://docs.nats.io/running-a-nats-service/nats_admin/jetstream_admin/naming */
const NAME = /^[^\s.*>/\\]+$/;
/** What a header takes as it is. */
const PRINTABLE = /^[\x21-\x7e]*$/;

/** @throws PipelineError CONFIG_INVALID */
export function readBridgeConfig(env: Env): BridgeConfig {
  const reader = new EnvReader(env);
  const servers = reader
    .text("NATS_URL", "nats://127.0.0.1:4222")
    .split(",")
    .map((server) => server.trim());
  // The address is not printed: a password may stand in it.
  if (!servers.every((server) => SERVER.test(server)))
    reader.problem(`NATS_URL takes ${TAKES_SERVERS}, credentials in variables of their own`);
  const config: BridgeConfig = {
    host: reader.text("HOST", "0.0.0.0"),
    port: reader.integer("PORT", { fallback: 8083, min: 0, max: 65_535 }),
    logLevel: reader.choice("LOG_LEVEL", ["DEBUG", "INFO", "WARNING", "ERROR"], "INFO"),
    servers,
    credentials: natsCredentials(reader),
    subject: reader.matching("NATS_SUBJECT", SUBJECT, "a subject; zot calls it channel"),
    queueGroup: reader.matching("NATS_QUEUE_GROUP", SUBJECT, "the name of a queue group", "pullhouse"),
    jetStream: reader.choice("NATS_JETSTREAM", ["auto", "never"], "auto"),
    stream: reader.matching("NATS_STREAM", NAME, "the name of a stream", "") || undefined,
    durable: reader.matching("NATS_DURABLE", NAME, "the name of a consumer", "pullhouse"),
    ackWaitSeconds: reader.integer("NATS_ACK_WAIT_SECONDS", { fallback: 60, min: 1, max: 3_600 }),
    receiverUrl: reader.url("RECEIVER_URL"),
    authorization: authorization(reader),
    requestTimeoutMs: reader.integer("REQUEST_TIMEOUT_MS", { fallback: 20_000, min: 100, max: 120_000 }),
    workers: reader.integer("FORWARD_WORKERS", { fallback: 16, min: 1, max: 256 }),
    bufferBytes: reader.integer("NATS_BUFFER_BYTES", { fallback: 64 * 2 ** 20, min: 1_024, max: 2 ** 31 }),
  };
  if (config.jetStream === "never" && config.stream !== undefined)
    reader.problem("NATS_STREAM and NATS_JETSTREAM=never exclude each other");
  if (URL.canParse(config.receiverUrl) && new URL(config.receiverUrl).username !== "")
    reader.problem("RECEIVER_URL holds credentials: they go into ZOT_USER and ZOT_PASSWORD");
  reader.done();
  return config;
}

function natsCredentials(reader: EnvReader): NatsCredentials {
  const file = reader.text("NATS_CREDS_FILE", "");
  const user = reader.text("NATS_USER", "");
  const token = reader.text("NATS_TOKEN", "");
  const pass = reader.text("NATS_PASSWORD", "");
  if ([file, user, token].filter((one) => one !== "").length > 1)
    reader.problem("only one of NATS_CREDS_FILE, NATS_USER and NATS_TOKEN can be set");
  if ((user === "") !== (pass === "")) reader.problem("NATS_PASSWORD goes together with NATS_USER");
  if (file !== "") {
    try {
      return { kind: "creds", content: readFileSync(file) };
    } catch (error) {
      reader.problem(`NATS_CREDS_FILE cannot be read: ${reasonOf(error)}`);
    }
  }
  if (user !== "") return { kind: "user", user, pass };
  return token === "" ? { kind: "none" } : { kind: "token", token };
}

/** The receiver's own variables are lists; the bridge needs one of their values. */
function authorization(reader: EnvReader): string {
  const token = reader.text("ZOT_TOKEN", "");
  const user = reader.text("ZOT_USER", "");
  const password = reader.text("ZOT_PASSWORD", "");
  if ((token === "") === (user === ""))
    reader.problem(
      "ZOT_TOKEN, or ZOT_USER and ZOT_PASSWORD, must be set: what the receiver knows this sender by",
    );
  if ((user === "") !== (password === "")) reader.problem("ZOT_PASSWORD goes together with ZOT_USER");
  // https://www.rfc-editor.org/rfc/rfc7617#section-2
  if (user.includes(":")) reader.problem("ZOT_USER holds a colon, which ends a user's name");
  if (!PRINTABLE.test(token))
    reader.problem("ZOT_TOKEN holds something else than printable ASCII characters");
  return token === "" ? `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` : `Bearer ${token}`;
}
