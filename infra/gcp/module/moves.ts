/** Where in the module a resource of `make deploy` is, so that Terraform moves it in place of making another. */

type ByType = Readonly<Record<string, Readonly<Record<string, { readonly count?: unknown }>>>>;

/** Resources of which the module has one for all; `$1` is the key. */
const SETS: readonly (readonly [RegExp, string])[] = [
  [/^(google_bigquery_table)\.table-(.+)$/, '$1.tables["$2"]'],
  [/^(google_cloud_run_v2_service)\.receiver-(.+)$/, '$1.receiver["$2"]'],
  [/^(google_cloud_run_v2_service_iam_member)\.receiver-(.+)-public$/, '$1.receiver-public["$2"]'],
  [/^(google_secret_manager_secret)\.secret-(.+)$/, '$1.secret["$2"]'],
  [/^(google_secret_manager_secret_iam_member)\.secret-(.+)-receiver$/, '$1.secret-receiver["$2"]'],
];

/**
 * @param resource of the module
 * @param views of the data file, by level
 * @returns the address inside of the module; `undefined` where the module has no such resource
 */
export function addressInModule(
  address: string,
  resource: ByType,
  views: readonly Readonly<Record<string, unknown>>[],
): string | undefined {
  const [type = "", name = ""] = address.split(".");
  const same = resource[type]?.[name];
  if (same !== undefined) return same.count === undefined ? address : `${address}[0]`;
  const view = name.replace(/^view-/, "");
  const level = views.findIndex((of) => Object.hasOwn(of, view));
  if (type === "google_bigquery_table" && level !== -1) return `${type}.views-${level}["${view}"]`;
  for (const [pattern, inModule] of SETS) {
    if (!pattern.test(address)) continue;
    const moved = address.replace(pattern, inModule);
    const [, set = ""] = /^[^.]+\.([^[]+)/.exec(moved) ?? [];
    return resource[type]?.[set] === undefined ? undefined : moved;
  }
  return undefined;
}

/** `moved` blocks (https://developer.hashicorp.com/terraform/language/modules/develop/refactoring). */
export function movedText(moves: readonly (readonly [from: string, to: string])[], module: string): string {
  return moves
    .map(([from, to]) => `moved {\n  from = ${from}\n  to   = module.${module}.${to}\n}\n`)
    .join("\n");
}
