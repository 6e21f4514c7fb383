/** A place in a JSON text that is copied on the way, but for what is replaced. */
import { type Json, rawNumber } from "./json.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Escapes that `JSON.stringify` writes the same; `\/` and `\u…` it writes otherwise, or not every string can hold them. */
const PLAIN_ESCAPES = new Set(Buffer.from(`"\\bfnrt`));

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

export class Cursor {
  readonly #text: string;
  #out = "";
  /** Up to here the text is copied or replaced. */
  #copied = 0;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    return this.at === this.#text.length;
  }

  /** What is copied up to here. */
  copied(): string {
    return this.#out + this.#text.slice(this.#copied, this.at);
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

  /** Goes over a string that is written as it stands. */
  string(): boolean {
    const text = this.#text;
    if (text.charCodeAt(this.at) !== QUOTE) return false;
    for (let at = this.at + 1; ; at += 1) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        this.at = at + 1;
        return true;
      }
      if (code === BACKSLASH) {
        at += 1;
        if (!PLAIN_ESCAPES.has(text.charCodeAt(at))) return false;
        // NaN, at the end of the text, is not at least anything.
      } else if (!(code >= 0x20)) return false;
    }
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
