/** The value of a GoogleSQL string or bytes literal, and the DuckDB text for it. */

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "?": "?",
  '"': '"',
  "'": "'",
  "`": "`",
};
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g;

/** What a literal stands for; bytes are latin-1 characters, one for each byte. */
export interface LiteralValue {
  readonly kind: "string" | "bytes";
  readonly value: string;
}

/**
 * Decodes prefix, quotes and escapes of a literal token.
 * Returns undefined for an escape that GoogleSQL does not have.
 */
export function decodeLiteral(text: string): LiteralValue | undefined {
  const prefix = /^[rRbB]*/.exec(text)?.[0] ?? "";
  const rest = text.slice(prefix.length);
  const width = /^(?:"""|''')/.test(rest) ? 3 : 1;
  const body = rest.slice(width, rest.length - width).replaceAll("\r\n", "\n");
  const kind = /b/i.test(prefix) ? "bytes" : "string";
  if (/r/i.test(prefix)) return { kind, value: kind === "bytes" ? utf8Bytes(body) : body };
  let valid = true;
  const value = body.replaceAll(
    ESCAPE,
    (_, hex?: string, octal?: string, short?: string, long?: string, simple?: string) => {
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      const code = short ?? long;
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      const known = SIMPLE_ESCAPES[simple ?? ""];
      if (known === undefined) valid = false;
      return known ?? "";
    },
  );
  return valid ? { kind, value } : undefined;
}

/** A DuckDB string literal: only the quote is special there. */
export function duckString(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** A DuckDB BLOB constant from latin-1 characters. */
export function duckBytes(value: string): string {
  return `unhex('${Buffer.from(value, "latin1").toString("hex")}')`;
}

function utf8Bytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
