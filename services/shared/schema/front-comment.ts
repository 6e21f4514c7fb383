/** The comment that a SQL file begins with: what it answers, then one entry per name. */

export interface FrontComment {
  /** The first paragraph, on one line. */
  readonly words: string;
  /** `name: text` of each entry behind the first paragraph, in order; a name may have several words. */
  readonly entries: readonly Entry[];
  /** What follows the comment. */
  readonly sql: string;
}

export interface Entry {
  readonly name: string;
  readonly text: string;
}

const LINE = /^--(?: (.*))?$/;
const ENTRY = /^(\S[^:]*): (\S.*)$/;

/**
 * Lines that begin with `--`: a paragraph, an empty line, then the entries. A line that is indented goes on with
 * the entry before it.
 * @throws Error that says which line is neither
 */
export function readFrontComment(text: string): FrontComment {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !LINE.test(line));
  const comment = lines.slice(0, end === -1 ? lines.length : end).map((line) => LINE.exec(line)?.[1] ?? "");
  const blank = comment.indexOf("");
  const paragraph = blank === -1 ? comment : comment.slice(0, blank);
  const entries: Entry[] = [];
  for (const line of comment.slice(paragraph.length).filter((each) => each !== "")) {
    const before = entries.at(-1);
    const [, name, words] = ENTRY.exec(line) ?? [];
    if (name !== undefined && words !== undefined) entries.push({ name, text: words });
    else if (before !== undefined && line.startsWith("  ")) {
      entries[entries.length - 1] = { ...before, text: `${before.text} ${line.trim()}` };
    } else throw new Error(`"${line}" is no entry: it takes "name: text", or two spaces to go on`);
  }
  if (paragraph.length === 0) throw new Error("it does not begin with a comment that says what it is");
  return {
    words: paragraph.join(" "),
    entries,
    sql: lines.slice(comment.length).join("\n").trim(),
  };
}
