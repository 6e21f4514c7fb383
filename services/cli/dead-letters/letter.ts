/** A message or an object that is out of the pipeline's way, waiting for somebody to decide. */
import type { Listing } from "#services/shared/gcp/listing.ts";
import type { Store } from "#services/shared/ports.ts";

/** What listing letters takes. */
export interface ReadPorts {
  readonly store: Pick<Store, "read">;
  readonly list: Listing;
}

export interface Letter {
  /** What the commands take: a message's id, or `<type>/<id>` of an object. */
  readonly id: string;
  readonly kind: "message" | "object" | "unreadable";
  readonly type: string;
  readonly messages: number;
  readonly bytes: number;
  /** When it was put away, ISO 8601; empty when that is not known. */
  readonly at: string;
  readonly reason: string;
  /** Where it is: a name in the bucket, or the subscription. */
  readonly place: string;
}

/** One kind of letters: where they are, and what can be done with them. */
export interface LetterBox {
  list(): AsyncIterable<Letter>;
  /** The text of one for people; `undefined` when it is not here. */
  show(id: string): Promise<string | undefined>;
  /** Puts it back on its way; `undefined` when it is not here, else what was done. */
  retry(id: string): Promise<string | undefined>;
  /** Removes it for good; `false` when it is not here. */
  drop(id: string): Promise<boolean>;
}
