/** Reading the parser's tree: each node is an object with one key, the kind, and what it holds. */

export type Fields = Readonly<Record<string, unknown>>;
export type Node = Fields;

/** Kept by the parser for printing only; they carry no meaning. */
const COSMETIC =
  /comments$|^(?:span|inferred_type|alias_explicit_as|alias_keyword|original_name|alias_first|nesting_group|use_inner_keyword|use_outer_keyword|bracket_notation|kind_text|start_side_text|end_side_text|no_parens|as_name|name_quoted)$/;

/** The kind of a node and its fields: `{"add": {...}}` is ["add", {...}]. */
export function kindOf(node: Node): [kind: string, fields: Fields] {
  const [kind, fields] = Object.entries(node)[0] ?? ["nothing", {}];
  return [kind, isFields(fields) ? fields : {}];
}

/** True when a value of the tree says something: not null, false or empty. */
export function isSet(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === "") return false;
  return !Array.isArray(value) || value.length > 0;
}

/** The first field with a meaning that is not among those the caller reads. */
export function unreadField(fields: Fields, read: readonly string[]): string | undefined {
  return Object.keys(fields).find((key) => !read.includes(key) && !COSMETIC.test(key) && isSet(fields[key]));
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function child(fields: Fields, key: string): Node | undefined {
  const value = fields[key];
  return isFields(value) ? value : undefined;
}

export function children(fields: Fields, key: string): readonly Node[] {
  const value = fields[key];
  return Array.isArray(value) ? value.filter(isFields) : [];
}

export function text(fields: Fields | undefined, key: string): string | undefined {
  const value = fields?.[key];
  return typeof value === "string" ? value : undefined;
}

/** The spelling of an identifier object `{name, quoted}` under a key. */
export function nameAt(fields: Fields, key: string): string | undefined {
  const value = child(fields, key);
  return value === undefined ? undefined : text(value, "name");
}

/** The number of a plain integer literal, as in LIMIT 3. */
export function integerLiteral(node: Node | undefined): number | undefined {
  if (node === undefined) return undefined;
  const [kind, fields] = kindOf(node);
  if (kind !== "literal" || fields["literal_type"] !== "number") return undefined;
  const digits = text(fields, "value") ?? "";
  return /^\d+$/.test(digits) ? Number(digits) : undefined;
}
