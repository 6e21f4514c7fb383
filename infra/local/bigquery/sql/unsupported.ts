/** The one error of the translation: a construct that is not in the catalogue of tested ones. */

/** Where something stands in the submitted text; both count from 1, as BigQuery's messages do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Thrown for SQL that cannot be translated faithfully. Nothing is passed through on the chance that it
 * means the same: a wrong answer costs more than a refusal.
 */
export class UnsupportedSqlError extends Error {
  override readonly name = "UnsupportedSqlError";
  /** The construct in GoogleSQL's own words, for example `PIVOT` or `function SOUNDEX`. */
  readonly construct: string;
  readonly position: Position | undefined;
  readonly instead: string | undefined;

  constructor(construct: string, where: { position?: Position | undefined; instead?: string | undefined }) {
    const at = where.position ? ` at [${where.position.line}:${where.position.column}]` : "";
    const instead = where.instead ? `: ${where.instead}` : "";
    super(`${construct} is not supported by the local BigQuery${at}${instead}`);
    this.construct = construct;
    this.position = where.position;
    this.instead = where.instead;
  }
}

/** The position of an offset (UTF-16 code units) in a text. */
export function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const lastBreak = before.lastIndexOf("\n");
  return { line: before.split("\n").length, column: offset - lastBreak };
}
