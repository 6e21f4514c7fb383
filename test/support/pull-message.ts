/** Messages as the receiver publishes them. */
import { type Message, toMessage } from "#services/shared/message.ts";

export const PULL_TYPE = "dev.chainguard.registry.pull.v1";

export function pullMessage(
  id: string,
  more: { data?: string; type?: string; time?: string | null; sender?: string } = {},
): Message {
  const time = more.time === undefined ? "2025-04-23T00:37:47Z" : more.time;
  return toMessage(
    {
      id,
      source: "cgr.dev",
      type: more.type ?? PULL_TYPE,
      specversion: "1.0",
      ...(time === null ? {} : { time }),
      datacontenttype: "application/json",
      extensions: {},
      data: Buffer.from(more.data ?? `{"body":{"repository":"a/b","tag":"${id}"}}`),
    },
    { source: more.sender ?? "chainguard", receivedAt: Date.UTC(2026, 10, 20) },
  );
}
