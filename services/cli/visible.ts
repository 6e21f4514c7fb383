/** Text that senders wrote, with what a terminal or a reader's eye would obey made visible. */

/**
 * Control characters (C0, DEL, C1), those that turn the direction of text (Unicode's Bidi_Control), line and paragraph
 * separators, and the byte order mark.
 */
const OBEYED = String.raw`\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\uFEFF`;
const IN_VALUE = new RegExp(`[${OBEYED}]`, "gu");
const IN_LINES = new RegExp(`(?![\\n\\t])[${OBEYED}]`, "gu");

/** One value, for a table's cell or a line: its own line ends are made visible, too. */
export function visible(value: string): string {
  return value.replaceAll(IN_VALUE, escape);
}

/** A whole output, in which line ends and tabs are structure. JSON stays JSON with the same values. */
export function visibleLines(text: string): string {
  return text.replaceAll(IN_LINES, escape);
}

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** As JSON escapes it. */
function escape(character: string): string {
  return SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
