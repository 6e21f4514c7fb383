/** What `make destroy` leaves while `deletionProtection` is on: the data, and whatever it depends on. */

/** `resource` of the synthesised stack. */
export type Resources = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

const DATA = new Set(["google_storage_bucket", "google_bigquery_dataset", "google_bigquery_table"]);

export interface Division {
  /** Addresses of resources, as Terraform's -target takes them. */
  readonly destroyed: readonly string[];
  readonly kept: readonly string[];
}

/**
 * Terraform destroys what depends on a target along with it, so whatever the data depends on has to stay, too. It
 * refuses a whole plan that would destroy a resource with `prevent_destroy`.
 */
export function divide(resources: Resources): Division {
  const all = new Map<string, Resources[string][string]>(
    Object.entries(resources).flatMap(([type, byName]) =>
      Object.entries(byName).map(([name, body]) => [`${type}.${name}`, body] as const),
    ),
  );
  const kept = new Set<string>();
  const keep = (address: string) => {
    if (kept.has(address)) return;
    kept.add(address);
    const text = JSON.stringify(all.get(address));
    for (const [, found = ""] of text.matchAll(/\b(google_[a-z0-9_]+\.[A-Za-z0-9_-]+)/g))
      if (all.has(found)) keep(found);
  };
  for (const [address, body] of all)
    if (DATA.has(address.split(".")[0] ?? "") || isPrevented(body)) keep(address);
  return { kept: [...kept], destroyed: [...all.keys()].filter((address) => !kept.has(address)) };
}

function isPrevented({ lifecycle }: Readonly<Record<string, unknown>>): boolean {
  return (lifecycle as { prevent_destroy?: boolean } | undefined)?.prevent_destroy === true;
}
