/** A place in the JSON text of an object, which is copied on the way, but for its braces and what is replaced. */
import { type Json, rawNumber } from "./json.ts";

const QUOTE = 0x22;
/** Escapes that `JSON.stringify` writes the same; `\/` and `\u…` it writes otherwise, or not every string can hold them. */
const PLAIN_ESCAPES = new Set(Buffer.from(`"\\bfnrt`));

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

export class Cursor {
  readonly #text: string;
  #out = "";
  /** Up to here the text is copied or replaced. */
  #copied = "{".length;
  /** The first backslash that is not behind us, as far as it was searched for. */
  #backslash = -1;
  at = 0;

  /** @param text without control characters, which a string must not hold and only spaces otherwise are */
  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    return this.at === this.#text.length;
  }

  /** What is copied of the object that ends here. */
  copied(): string {
    return this.#out + this.#text.slice(this.#copied, this.at - "}".length);
  }

  /** Writes something else than the last characters. */
  replace(length: number, by: string): void {
    this.#out += this.#text.slice(this.#copied, this.at - length) + by;
    this.#copied = this.at;
  }

  take(character: string): boolean {
    const taken = this.#text[this.at] === character;
    if (taken) this.at += 1;
    return taken;
  }

  takes(token: string): boolean {
    const taken = this.#text.startsWith(token, this.at);
    if (taken) this.at += token.length;
    return taken;
  }

  /** The name of the member that stands here, if it is one without escapes; stays where it is. */
  key(): string {
    return this.#text.slice(this.at + 1, this.#text.indexOf(`"`, this.at + 1));
  }

  /** Goes over a string that is written as it stands; stays where it is before any other. */
  string(): boolean {
    const taken = this.#plainString();
    // Those within the string are in front of us again.
    if (!taken) this.#backslash = -1;
    return taken;
  }

  /** To search takes a fifth of looking at each character. */
  #plainString(): boolean {
    if (this.#text.charCodeAt(this.at) !== QUOTE) return false;
    let end = this.#text.indexOf(`"`, this.at + 1);
    for (let at = this.at + 1; this.#backslashFrom(at) < end; ) {
      if (!PLAIN_ESCAPES.has(this.#text.charCodeAt(this.#backslash + 1))) return false;
      at = this.#backslash + 2;
      if (end < at) end = this.#text.indexOf(`"`, at);
    }
    if (end < 0) return false;
    this.at = end + 1;
    return true;
  }

  /** Where the next backslash is. */
  #backslashFrom(at: number): number {
    if (this.#backslash < at) {
      const found = this.#text.indexOf("\\", at);
      this.#backslash = found < 0 ? this.#text.length : found;
    }
    return this.#backslash;
  }

  /** Goes over a string without escapes, or a number, or true or false; `undefined` for anything else. */
  scalar(): Json | undefined {
    const start = this.at;
    if (this.string()) {
      const text = this.#text.slice(start + 1, this.at - 1);
      return text.includes("\\") ? undefined : text;
    }
    if (this.takes("true")) return true;
    if (this.takes("false")) return false;
    NUMBER.lastIndex = start;
    const number = NUMBER.exec(this.#text)?.[0];
    if (number === undefined) return undefined;
    this.at += number.length;
    return rawNumber(number);
  }
}
