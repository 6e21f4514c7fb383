/** Messages as the receiver publishes them, of generated events, without end. */
import { generateEvents } from "#services/cli/generate/generate.ts";
import { type Message, toMessage } from "#services/shared/message.ts";
import { GROUP } from "#test/support/issuer.ts";

/** Different bodies; afterwards they come again under other ids. */
const BODIES = 2_000;

/** @returns the n-th message of the endless list; the same for the same n */
export function generatedMessages(seed: string, now: number): (n: number) => Message {
  const events = generateEvents({ seed, group: GROUP, now: () => now });
  const messages = Array.from({ length: BODIES }, () => {
    const { headers, body } = events.next().value;
    const attribute = (name: string) => headers[`ce-${name}`] ?? "";
    return toMessage(
      {
        id: attribute("id"),
        source: attribute("source"),
        type: attribute("type"),
        specversion: "1.0",
        time: attribute("time"),
        datacontenttype: "application/json",
        extensions: {},
        data: body,
      },
      { source: "chainguard", receivedAt: now, fit: "fits" },
    );
  });
  return (n) => {
    const message = messages[n % BODIES] as Message;
    return { data: message.data, attributes: { ...message.attributes, "ce-id": `bench-${n}` } };
  };
}
