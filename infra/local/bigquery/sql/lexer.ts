/** GoogleSQL's tokens, as far as the translation needs them (Google: "Lexical structure and syntax"). */
import { positionOf, UnsupportedSqlError } from "./unsupported.ts";

type TokenKind = "identifier" | "quoted" | "string" | "bytes" | "number" | "parameter" | "symbol";

export interface Token {
  readonly kind: TokenKind;
  /** Exactly as written, quotes and prefixes included. */
  readonly text: string;
  /** Offset of the first character in the source. */
  readonly start: number;
  /** Offset after the last character. */
  readonly end: number;
}

const SPACE = /[\s\u{feff}]+/uy;
const COMMENT = /(?:--|#)[^\n]*|\/\*[\s\S]*?\*\//y;
const LITERAL_PREFIX = /(?:[rR][bB]?|[bB][rR]?)?(?:"""|'''|"|')/y;
const NUMBER = /0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y;
const PARAMETER = /@@?[A-Za-z_][A-Za-z0-9_.]*|\?/y;
const SYMBOL = /<=>|\|>|=>|->|<<|>>|<>|<=|>=|!=|\|\||[-+*/%&|^~=<>()[\]{}.,;:!$\\]/y;

/** Splits a text into tokens; comments and white space are left out. Fails on an unclosed literal. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  while (at < source.length) {
    const skipped = take(SPACE) ?? take(COMMENT);
    if (skipped !== undefined) {
      at += skipped.length;
      continue;
    }
    const token = nextToken(source, at, take);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

function nextToken(source: string, start: number, take: (pattern: RegExp) => string | undefined): Token {
  const make = (kind: TokenKind, length: number): Token => ({
    kind,
    text: source.slice(start, start + length),
    start,
    end: start + length,
  });
  const opening = take(LITERAL_PREFIX);
  if (opening !== undefined) {
    const prefix = opening.replace(/["']+$/, "");
    const quote = opening.slice(prefix.length);
    const end = endOfLiteral(source, start + opening.length, quote);
    return make(/b/i.test(prefix) ? "bytes" : "string", end - start);
  }
  if (source[start] === "`") return make("quoted", endOfLiteral(source, start + 1, "`") - start);
  const number = take(NUMBER);
  if (number !== undefined) return make("number", number.length);
  const identifier = take(IDENTIFIER);
  if (identifier !== undefined) return make("identifier", identifier.length);
  const parameter = take(PARAMETER);
  if (parameter !== undefined) return make("parameter", parameter.length);
  const symbol = take(SYMBOL);
  if (symbol !== undefined) return make("symbol", symbol.length);
  throw new UnsupportedSqlError(`The character ${JSON.stringify(source[start])}`, {
    position: positionOf(source, start),
  });
}

/** A backslash keeps the next character inside the literal, in raw literals too. */
function endOfLiteral(source: string, from: number, quote: string): number {
  for (let at = from; at < source.length; at += 1) {
    if (source[at] === "\\") {
      at += 1;
    } else if (source.startsWith(quote, at)) {
      return at + quote.length;
    } else if (source[at] === "\n" && quote.length === 1) {
      break;
    }
  }
  throw new UnsupportedSqlError("A literal without its closing quote", {
    position: positionOf(source, from - quote.length),
  });
}
