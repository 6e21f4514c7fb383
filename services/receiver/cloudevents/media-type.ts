/** The media type of a Content-Type value, as far as CloudEvents and JSON go. */

export interface MediaType {
  /** `type/subtype`, in lower case. */
  readonly essence: string;
  /** In lower case; `undefined` when not given. */
  readonly charset?: string;
}

const CONTENT_TYPE = /^\s*([!#$%&'*+\-.^_`|~\w]+\/[!#$%&'*+\-.^_`|~\w]+)\s*(?:;(.*))?$/s;
const CHARSET = /(?:^|;)\s*charset\s*=\s*"?([^\s;"]+)"?/i;

/** `undefined` when the value is no media type (RFC 9110, section 8.3.1). */
export function parseMediaType(value: string): MediaType | undefined {
  const match = CONTENT_TYPE.exec(value);
  if (match?.[1] === undefined) return undefined;
  const charset = CHARSET.exec(match[2] ?? "")?.[1]?.toLowerCase();
  return { essence: match[1].toLowerCase(), ...(charset === undefined ? {} : { charset }) };
}

/** `application/json`, `text/json`, `application/vnd.x+json`: the definition of CloudEvents' JSON format, section 3.1. */
export function isJson({ essence }: MediaType): boolean {
  return /[/+]json$/.test(essence);
}

/** JSON between systems is UTF-8 (RFC 8259, section 8.1), of which ASCII is a part. */
export function isUtf8({ charset }: MediaType): boolean {
  return charset === undefined || /^(utf-?8|us-ascii|ascii)$/.test(charset);
}
