/** What a synthesised stack says without Terraform: references replaced by the values that they name. */

// Terraform's JSON, as deep as a reader looks.
// oxlint-disable-next-line typescript/no-explicit-any
export type Resource = Record<string, any>;
export type Resources = Readonly<Record<string, Readonly<Record<string, Resource>>>>;

export interface Resolving {
  readonly resource: Resources;
  readonly project: string;
  /** By reference: what only Google or the caller knows, as `data.google_project.project.number`. */
  readonly known: Readonly<Record<string, string>>;
}

/** @returns `text` without Terraform's `${…}` @throws Error for a reference that cannot be resolved */
export function resolveReferences(text: string, resolving: Resolving): string {
  const { resource, project, known } = resolving;
  return text.replaceAll(/\$\{([^}]+)\}/g, (_, reference: string) => {
    const value = known[reference];
    if (value !== undefined) return value;
    const [type = "", name = "", attribute = ""] = reference.split(".");
    const body = resource[type]?.[name];
    if (body === undefined) throw new Error(`${reference}: the stack has no such resource`);
    if (type === "google_service_account") {
      const email = `${String(body["account_id"])}@${project}.iam.gserviceaccount.com`;
      return attribute === "member" ? `serviceAccount:${email}` : email;
    }
    if (attribute === "id" && type === "google_pubsub_topic")
      return `projects/${project}/topics/${String(body["name"])}`;
    const found: unknown = body[attribute];
    if (typeof found !== "string") throw new Error(`${reference}: only Terraform can tell it`);
    return resolveReferences(found, resolving);
  });
}

export interface Container {
  /** Arguments of the image's entry point, Node. */
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** Variables whose values come from Secret Manager. */
  readonly secrets: readonly string[];
}

/** The container of a service as Cloud Run gets it. @param name of the resource, as `receiver-us-central1` */
export function containerOf(name: string, resolving: Resolving): Container {
  const service = resolving.resource["google_cloud_run_v2_service"]?.[name];
  if (service === undefined) throw new Error(`the stack has no google_cloud_run_v2_service.${name}`);
  const [container] = service["template"].containers as readonly Resource[];
  if (container === undefined) throw new Error(`${name} has no container`);
  const env = container["env"] as readonly Resource[];
  const plain = env.filter(({ value }) => value !== undefined);
  return {
    args: container["args"] as readonly string[],
    variables: Object.fromEntries(
      plain.map(({ name: variable, value }) => [variable, resolveReferences(String(value), resolving)]),
    ),
    secrets: env.filter(({ value }) => value === undefined).map((one) => String(one["name"])),
  };
}
