/** Posts events as their senders do. */
import { createPoster, type Poster } from "#services/cli/send/post.ts";
import { systemClock } from "#services/shared/clock.ts";
import type { SenderId } from "#services/shared/type-owners.ts";
import type { Deployment } from "./deployment.ts";

export interface Posting {
  of(sender: SenderId): Poster;
  close(): void;
}

/** Requests at a time, of all senders together. */
export const CONCURRENCY = 32;

export function openPosting(deployment: Deployment): Posting {
  const posters = new Map<SenderId, Poster>(
    SENDERS.map((sender) => [
      sender,
      createPoster({
        url: `${deployment.receiverUrl}${pathOf(sender, deployment)}`,
        authorize: ({ body }) => authorizationOf(sender, deployment, body),
        maxConnections: CONCURRENCY,
        clock: systemClock,
      }),
    ]),
  );
  return {
    of: (sender) => posters.get(sender) as Poster,
    close: () => {
      for (const poster of posters.values()) poster.close();
    },
  };
}

const SENDERS = ["chainguard", "zot", "msr", "harbor", "distribution"] as const satisfies readonly SenderId[];

/** MSR signs nothing and sends no header: its secret is in the address. */
function pathOf(sender: SenderId, { credentials }: Deployment): string {
  if (sender === "chainguard") return "/";
  return sender === "msr" ? `/msr/${credentials.msr}` : `/${sender}`;
}

async function authorizationOf(
  sender: SenderId,
  { signature, credentials }: Deployment,
  body: Uint8Array,
): Promise<string | undefined> {
  if (sender === "chainguard") {
    if (signature.outcome === "unsigned") throw new Error(signature.reason);
    return `Bearer ${await signature.sign(body)}`;
  }
  if (sender === "msr") return undefined;
  return sender === "zot" ? `Bearer ${credentials.zot}` : credentials[sender];
}
