/** Reads Terraform's machine-readable output (https://developer.hashicorp.com/terraform/internals/machine-readable-ui). */
import { z } from "zod";

const resource = z.object({ addr: z.string() });

const message = z.object({
  "@message": z.string(),
  "@timestamp": z.string(),
  type: z.string().optional(),
  change: z.object({ resource, action: z.string(), importing: z.unknown().optional() }).optional(),
  hook: z
    .object({ resource, action: z.string().optional(), elapsed_seconds: z.number().optional() })
    .optional(),
  diagnostic: z
    .object({
      severity: z.string(),
      summary: z.string(),
      detail: z.string().default(""),
      address: z.string().optional(),
    })
    .optional(),
});

const messageLine = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue("is not JSON");
      return z.NEVER;
    }
  })
  .pipe(message);

export type Message = z.output<typeof message>;

export interface Diagnostic {
  /** Terraform's summary and detail, in which the Google provider quotes the API's answer. */
  readonly text: string;
  /** Of the resource, as `google_pubsub_topic.events`; absent where no single resource failed. */
  readonly address?: string;
}

export interface Change {
  readonly address: string;
  readonly action: "create" | "update" | "delete" | "replace" | "import";
}

/** Of planned changes; "noop", "move" and "read" change nothing at Google. An import carries a field of its own. */
const ACTIONS = new Set<string>(["create", "update", "delete", "replace"] satisfies Change["action"][]);

/** @returns `undefined` for a line that is not one of Terraform's messages, as what a plug-in prints when it crashes */
export function parseMessage(line: string): Message | undefined {
  const { success, data } = messageLine.safeParse(line);
  return success ? data : undefined;
}

/** @returns the change that a message announces, and `undefined` where none is */
export function changeOf({ type, change }: Message): Change | undefined {
  if (type !== "planned_change" || change === undefined) return undefined;
  const address = change.resource.addr;
  if (change.importing !== undefined) return { address, action: "import" };
  return ACTIONS.has(change.action) ? { address, action: change.action as Change["action"] } : undefined;
}

export function errorOf({ type, diagnostic }: Message): Diagnostic | undefined {
  if (type !== "diagnostic" || diagnostic?.severity !== "error") return undefined;
  const { summary, detail, address } = diagnostic;
  const text = [summary, detail].filter(Boolean).join("\n").trim();
  return address === undefined ? { text } : { text, address };
}

/** Type and name of an address, without the index of an instance. */
export function typeOf(address: string): string {
  return address.split(".").at(-2) ?? "";
}
