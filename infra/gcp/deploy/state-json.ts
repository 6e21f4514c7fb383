/** Reads Terraform's state, the JSON of `terraform state pull` and of a state file. */
import { z } from "zod";

const state = z.object({
  outputs: z.record(z.string(), z.object({ value: z.unknown() })).default({}),
  resources: z
    .array(
      z.object({
        module: z.string().optional(),
        mode: z.string(),
        type: z.string(),
        name: z.string(),
        instances: z.array(
          z.object({
            attributes: z.record(z.string(), z.unknown()).default({}),
            status: z.string().optional(),
          }),
        ),
      }),
    )
    .default([]),
});

interface Resource {
  readonly type: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Its creation ended in an error after it had begun to exist: Terraform means to replace it. */
  readonly isTainted: boolean;
}

export interface State {
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Managed resources by address. */
  readonly resources: ReadonlyMap<string, Resource>;
}

/** @param text empty where there is no state yet */
export function parseState(text: string): State {
  const { outputs, resources } = state.parse(text.trim() === "" ? {} : JSON.parse(text));
  const managed = resources.filter(({ mode, module }) => mode === "managed" && module === undefined);
  return {
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value])),
    resources: new Map(
      managed.flatMap(({ type, name, instances: [instance] }) =>
        instance === undefined
          ? []
          : [
              [
                `${type}.${name}`,
                { type, name, attributes: instance.attributes, isTainted: instance.status === "tainted" },
              ] as const,
            ],
      ),
    ),
  };
}

/** What a state is the state of; each is absent while nothing that tells it has been created. */
export interface Identity {
  readonly project?: string;
  readonly prefix?: string;
  readonly dataset?: string;
}

/** Outputs tell it where Terraform has written them; a run with targets writes no output that depends on no resource. */
export function identityOf({ outputs, resources }: State): Identity {
  const dataset = resources.get("google_bigquery_dataset.dataset")?.attributes;
  const [account] = [...resources.values()].filter(
    ({ type, name }) => type === "google_service_account" && name.startsWith("account-"),
  );
  const suffix = account?.name.replace("account-", "-") ?? "";
  const id = textOf(account?.attributes["account_id"]);
  const found = {
    project:
      textOf(outputs["project"]) ?? textOf(account?.attributes["project"]) ?? textOf(dataset?.["project"]),
    prefix: textOf(outputs["prefix"]) ?? (id?.endsWith(suffix) ? id.slice(0, -suffix.length) : undefined),
    dataset: textOf(dataset?.["dataset_id"]) ?? textOf(outputs["dataset"]),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
