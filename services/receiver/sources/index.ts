/** The one list of senders: a new one is a file beside this and a line in it. */
import { chainguard } from "./chainguard.ts";
import { distribution } from "./distribution.ts";
import { harbor } from "./harbor.ts";
import { msr } from "./msr.ts";
import type { SourceKind } from "./source.ts";
import { zot } from "./zot.ts";

export const SOURCES: readonly SourceKind[] = [chainguard, zot, msr, harbor, distribution];
