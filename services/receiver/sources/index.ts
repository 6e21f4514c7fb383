/** The one list of senders: a new one is a file beside this and a line in it. */
import { chainguard } from "./chainguard.ts";
import type { SourceKind } from "./source.ts";

export const SOURCES: readonly SourceKind[] = [chainguard];
