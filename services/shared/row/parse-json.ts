/**
 * A JSON parser that loses nothing: `JSON.parse` rounds numbers and lets the last of two equal keys win, without a
 * word. It takes exactly the texts that `JSON.parse` takes (RFC 8259), up to a depth; a test compares the two.
 */
import { type Json, rawNumber } from "./json.ts";

export interface ParsedJson {
  readonly value: Json;
  /** JSON pointer of the first key that its object has twice; the value then holds the last. */
  readonly duplicate?: string;
  /** By object: the source text of its member `sourceOf`, if it has one. */
  readonly sources: ReadonlyMap<Json, string>;
}

/** Deeper than anything that is kept as JSON, and far from the end of the stack. */
const DEPTH_MAX = 1_000;

/**
 * @param sourceOf the member, of the top level's object or of the objects in its array, whose text is wanted as it
 * stands
 * @throws SyntaxError when the text is not JSON
 * @throws RangeError when it is nested deeper than 1,000 levels
 */
export function parseJson(text: string, sourceOf?: string): ParsedJson {
  return new Parser(text, sourceOf).parse();
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERALS: readonly (readonly [string, boolean | null])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

class Parser {
  readonly #text: string;
  readonly #sourceOf: string | undefined;
  readonly #sources = new Map<Json, string>();
  /** Keys and indexes from the top to here. */
  readonly #path: (string | number)[] = [];
  #at = 0;
  #duplicate: string | undefined;

  constructor(text: string, sourceOf: string | undefined) {
    this.#text = text;
    this.#sourceOf = sourceOf;
  }

  parse(): ParsedJson {
    this.#skipSpace();
    const value = this.#value();
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#unexpected();
    return {
      value,
      sources: this.#sources,
      ...(this.#duplicate === undefined ? {} : { duplicate: this.#duplicate }),
    };
  }

  #value(): Json {
    switch (this.#text.charCodeAt(this.#at)) {
      case QUOTE:
        return this.#string();
      case OPEN_BRACE:
        return this.#nested(() => this.#object());
      case OPEN_BRACKET:
        return this.#nested(() => this.#array());
      default:
        return this.#scalar();
    }
  }

  #nested(parse: () => Json): Json {
    if (this.#path.length >= DEPTH_MAX) throw new RangeError(`nested deeper than ${DEPTH_MAX} levels`);
    this.#at += 1;
    this.#skipSpace();
    return parse();
  }

  #object(): Json {
    const object: Record<string, Json> = {};
    if (this.#take(CLOSE_BRACE)) return object;
    do {
      this.#skipSpace();
      if (this.#text.charCodeAt(this.#at) !== QUOTE) throw this.#unexpected();
      const key = this.#string();
      this.#skipSpace();
      if (!this.#take(COLON)) throw this.#unexpected();
      this.#skipSpace();
      this.#path.push(key);
      if (Object.hasOwn(object, key)) this.#duplicate ??= this.#pointer();
      const start = this.#at;
      set(object, key, this.#value());
      if (key === this.#sourceOf && this.#isTopLevel())
        this.#sources.set(object, this.#text.slice(start, this.#at));
      this.#path.pop();
      this.#skipSpace();
    } while (this.#take(COMMA));
    if (!this.#take(CLOSE_BRACE)) throw this.#unexpected();
    return object;
  }

  #array(): Json {
    const array: Json[] = [];
    if (this.#take(CLOSE_BRACKET)) return array;
    do {
      this.#skipSpace();
      this.#path.push(array.length);
      array.push(this.#value());
      this.#path.pop();
      this.#skipSpace();
    } while (this.#take(COMMA));
    if (!this.#take(CLOSE_BRACKET)) throw this.#unexpected();
    return array;
  }

  #string(): string {
    const start = this.#at;
    let plain = true;
    for (let at = start + 1; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === QUOTE) {
        this.#at = at + 1;
        return plain ? this.#text.slice(start + 1, at) : this.#unescape(start);
      }
      if (code === BACKSLASH) {
        plain = false;
        at += 1;
      } else if (code < 0x20) {
        this.#at = at;
        throw this.#unexpected();
      }
    }
    this.#at = this.#text.length;
    throw this.#unexpected();
  }

  /** The string from `start` to here; the escapes are JSON.parse's. */
  #unescape(start: number): string {
    try {
      return JSON.parse(this.#text.slice(start, this.#at)) as string;
    } catch (cause) {
      throw new SyntaxError(`a wrong escape in the string at character ${start}`, { cause });
    }
  }

  #scalar(): Json {
    NUMBER.lastIndex = this.#at;
    const number = NUMBER.exec(this.#text)?.[0];
    if (number !== undefined) {
      this.#at += number.length;
      return rawNumber(number);
    }
    for (const [word, value] of LITERALS) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    throw this.#unexpected();
  }

  #take(code: number): boolean {
    const taken = this.#text.charCodeAt(this.#at) === code;
    if (taken) this.#at += 1;
    return taken;
  }

  #skipSpace(): void {
    for (; ; this.#at += 1) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    }
  }

  /** Whether the member that is being read belongs to the top level's object, or to one in the top level's array. */
  #isTopLevel(): boolean {
    return this.#path.length === 1 || (this.#path.length === 2 && typeof this.#path[0] === "number");
  }

  #pointer(): string {
    return this.#path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  }

  #unexpected(): SyntaxError {
    const what = this.#at < this.#text.length ? "something unexpected" : "the end";
    return new SyntaxError(`${what} at character ${this.#at}`);
  }
}

/** A key `__proto__` is a key like any other. */
function set(object: Record<string, Json>, key: string, value: Json): void {
  if (key !== "__proto__") object[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}
