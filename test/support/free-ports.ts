/** Variables that move every part of the local pipeline to a free port. */
import { freePorts as portsOf } from "#infra/local/up/ports.ts";

const PARTS = ["PUBSUB", "STORAGE", "BIGQUERY", "TASKS", "ISSUER", "RECEIVER", "BATCHER", "LOADER"];

export async function freePorts(): Promise<Record<string, string>> {
  const ports = await portsOf(PARTS.length);
  return Object.fromEntries(PARTS.map((part, index) => [`PULLHOUSE_${part}_PORT`, String(ports[index])]));
}
