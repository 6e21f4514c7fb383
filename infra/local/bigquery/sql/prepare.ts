/** The pass over the tokens before the parser: what it would read wrongly is spelled so that it cannot. */
import { FUNCTIONS, INSTEAD } from "./functions/catalogue.ts";
import { placeholder } from "./job.ts";
import { type Token, tokenize } from "./lexer.ts";
import { decodeLiteral, type LiteralValue } from "./literals.ts";
import { positionOf, UnsupportedSqlError } from "./unsupported.ts";

export interface Prepared {
  /** What the parser gets. */
  readonly sql: string;
  readonly tokens: readonly Token[];
  readonly literals: readonly LiteralValue[];
}

/** Functions with a grammar of their own inside the parentheses: the parser has to recognise them. */
const PARSED_BY_NAME = new Set(
  "ANY_VALUE ARRAY ARRAY_AGG CAST COUNT EXTRACT FIRST_VALUE GROUPING LAG LAST_VALUE LEAD NTH_VALUE SAFE_CAST STRING_AGG STRUCT".split(
    " ",
  ),
);

/** After one of these words a table name follows, in which a project may hold hyphens without backticks. */
const BEFORE_TABLE = new Set("FROM JOIN INTO TABLE VIEW EXISTS UPDATE MERGE USING INSERT DELETE".split(" "));

/** Words of a script; a job of the local BigQuery is one statement. */
const SCRIPT_WORDS = new Set(
  "DECLARE BEGIN COMMIT ROLLBACK SET IF LOOP WHILE REPEAT FOR CALL EXECUTE".split(" "),
);

/** A word before `(` after which the parenthesis does not belong to a function call. */
const NAME_CONTEXT = /^(?:AS|INTO|TABLE|VIEW|EXISTS|WITH|RECURSIVE|JOIN|FROM)$/i;

/** Reserved words of GoogleSQL after which an expression, and so a function call, may begin. */
const BEFORE_EXPRESSION = new Set(
  `ALL AND ANY BETWEEN BY CASE CAST DISTINCT ELSE END ESCAPE EXTRACT HAVING IF IN INTERVAL IS LIKE LIMIT NOT
   OFFSET ON OR QUALIFY SELECT SET STRUCT THEN UNNEST VALUES WHEN WHERE DEFAULT VALUE MAX MIN`.split(/\s+/),
);

/** Words that a parenthesis may follow where a function's name could stand, too. */
const NO_FUNCTION = new Set(
  `ALL AND ANY BETWEEN BY CASE CUBE DATE DATETIME DISTINCT ELSE EXCEPT EXISTS FROM IF IN INSERT INTERSECT INTERVAL IS LIKE
   NOT NUMERIC OPTIONS BIGNUMERIC DECIMAL STRING BYTES OFFSET ON OR ORDINAL OVER ROLLUP ROWS SAFE_OFFSET SAFE_ORDINAL SELECT
   SETS SOME THEN UNION UNNEST USING VALUES WEEK WHEN WHERE WINDOW WITH AS`.split(/\s+/),
);

/** Tokenizes, refuses what no later pass would see, and spells the statement for the parser. */
export function prepare(source: string): Prepared {
  const tokens = withoutTrailingSemicolons(tokenize(source));
  refuseScripts(source, tokens);
  const literals: LiteralValue[] = [];
  const out: string[] = [];
  let positional = 0;
  let at = 0;
  const isDefinition = word(tokens[0]) === "CREATE" || word(tokens[0]) === "ALTER";
  if (word(tokens[0]) === "INSERT" && word(tokens[1]) !== "INTO") {
    out.push("INSERT", "INTO");
    at = 1;
  }
  while (at < tokens.length) {
    const token = tokens[at] as Token;
    const isOptions =
      word(token) === "OPTIONS" && word(tokens[at - 1]) !== "SET" && tokens[at + 1]?.text === "(";
    if (isDefinition && isOptions) {
      const next = afterParenthesis(tokens, at + 1);
      refuseOptions(source, tokens.slice(at, next));
      at = next;
      continue;
    }
    const hyphenated = hyphenatedName(tokens, at);
    if (hyphenated !== undefined) {
      out.push(`\`${hyphenated.name}\``);
      at = hyphenated.next;
      continue;
    }
    if (token.text === "?") positional += 1;
    out.push(spell(source, tokens, at, literals, positional));
    at += 1;
  }
  return { sql: join(out), tokens, literals };
}

/** The other options change neither rows nor what becomes of them. */
function refuseOptions(source: string, tokens: readonly Token[]): void {
  const lifetime = tokens.find(({ text }) =>
    /^(?:partition_expiration_days|expiration_timestamp)$/i.test(text),
  );
  if (lifetime === undefined) return;
  throw new UnsupportedSqlError(`The option ${lifetime.text}`, {
    position: positionOf(source, lifetime.start),
    instead: "set it with tables.insert or tables.patch",
  });
}

function spell(
  source: string,
  tokens: readonly Token[],
  at: number,
  literals: LiteralValue[],
  positional: number,
): string {
  const token = tokens[at] as Token;
  const fail = (construct: string, instead?: string): never => {
    throw new UnsupportedSqlError(construct, { position: positionOf(source, token.start), instead });
  };
  switch (token.kind) {
    case "number":
      return token.text;
    case "string":
    case "bytes": {
      const literal = decodeLiteral(token.text) ?? fail("An escape sequence in this literal");
      literals.push(literal);
      return placeholder(literals.length - 1);
    }
    case "parameter":
      if (token.text.startsWith("@@")) return fail(`The system variable ${token.text}`);
      return token.text === "?" ? `\`@p${positional}\`` : `\`${token.text}\``;
    case "quoted":
      if (token.text.includes("*")) return fail("A wildcard table", "name the tables and use UNION ALL");
      return token.text
        .slice(1, -1)
        .split(".")
        .map((part) => `\`${part}\``)
        .join(".");
    case "identifier":
      return spellWord(tokens, at, fail);
    case "symbol":
      if (token.text === "|>") return fail("Pipe syntax", "write the query with SELECT ... FROM");
      return token.text;
    default:
      throw new Error(`no rule for a token of the kind ${String(token.kind)}`);
  }
}

/** A call of a function of the catalogue gets a name that the parser leaves alone. */
function spellWord(
  tokens: readonly Token[],
  at: number,
  fail: (construct: string, instead?: string) => never,
): string {
  const token = tokens[at] as Token;
  const before = tokens[at - 1];
  // The parser reads a literal of this type as NUMERIC.
  if (/^BIG(?:NUMERIC|DECIMAL)$/i.test(token.text) && before?.text !== ".") {
    fail(`The type ${token.text.toUpperCase()}`, "use NUMERIC");
  }
  if (before?.text !== "." && /^[RI]?LIKE$/i.test(token.text)) return spellLike(tokens, at, fail);
  if (tokens[at + 1]?.text !== "(") return token.text;
  if (before?.text === ".") {
    const space = word(tokens[at - 2]);
    if (space === "SAFE") fail(`The prefix SAFE. of ${token.text}`, "use SAFE_CAST, SAFE_DIVIDE or IF");
    return token.text;
  }
  const name = token.text.toUpperCase();
  if (name.startsWith("BQ_")) fail(`function ${token.text}`);
  if (PARSED_BY_NAME.has(name)) return token.text;
  if (before === undefined || !mayCallAfter(before, name)) return token.text;
  if (Object.hasOwn(FUNCTIONS, name)) return `bq_${name.toLowerCase()}`;
  if (!NO_FUNCTION.has(name)) fail(`The function ${name}`, INSTEAD[name]);
  return token.text;
}

/** The parser gives up on `NOT x LIKE y`, but not on the same with an operator that GoogleSQL does not have. */
function spellLike(
  tokens: readonly Token[],
  at: number,
  fail: (construct: string, instead?: string) => never,
): string {
  if (word(tokens[at]) !== "LIKE") return fail(`The operator ${word(tokens[at])}`, "use REGEXP_CONTAINS");
  if (word(tokens[0]) === "CREATE" && !tokens.slice(0, at).some((token) => word(token) === "SELECT")) {
    return fail("CREATE TABLE ... LIKE", "write the columns");
  }
  const quantifier = word(tokens[at + 1]);
  if (/^(?:ANY|SOME|ALL)$/.test(quantifier ?? "")) return fail(`LIKE ${quantifier}`, "use OR");
  return "RLIKE";
}

function mayCallAfter(before: Token, name: string): boolean {
  // `* REPLACE (...)` belongs to the star; what follows a parenthesis is a clause.
  if (before.kind === "symbol") return before.text !== ")" && (name !== "REPLACE" || before.text !== "*");
  if (before.kind !== "identifier") return false;
  return !NAME_CONTEXT.test(before.text) && BEFORE_EXPRESSION.has(before.text.toUpperCase());
}

/** `my-project.dataset.table` without backticks: the hyphens touch their neighbours, a dot ends the name. */
function hyphenatedName(tokens: readonly Token[], at: number): { name: string; next: number } | undefined {
  const before = word(tokens[at - 1]);
  if (before === undefined || !BEFORE_TABLE.has(before) || tokens[at]?.kind !== "identifier")
    return undefined;
  let next = at;
  let name = tokens[at]?.text ?? "";
  while (tokens[next + 1]?.text === "-" && touches(tokens, next) && touches(tokens, next + 1)) {
    name += `-${tokens[next + 2]?.text ?? ""}`;
    next += 2;
    // `123abc` in a name is a number and a word to the tokenizer.
    while (tokens[next + 1]?.kind === "identifier" && touches(tokens, next)) {
      name += tokens[next + 1]?.text ?? "";
      next += 1;
    }
  }
  return next > at && tokens[next + 1]?.text === "." ? { name, next: next + 1 } : undefined;
}

function touches(tokens: readonly Token[], at: number): boolean {
  return tokens[at]?.end === tokens[at + 1]?.start;
}

function refuseScripts(source: string, tokens: readonly Token[]): void {
  const semicolon = tokens.find((token) => token.text === ";");
  const first = tokens[0];
  if (first === undefined) throw new UnsupportedSqlError("An empty statement", {});
  const scripted = SCRIPT_WORDS.has(word(first) ?? "") ? first : semicolon;
  if (scripted === undefined) return;
  throw new UnsupportedSqlError(
    scripted === first ? `A script (${first.text})` : "A script of several statements",
    {
      position: positionOf(source, scripted.start),
      instead: "send one statement per job",
    },
  );
}

function withoutTrailingSemicolons(tokens: Token[]): Token[] {
  const last = tokens.findLastIndex((token) => token.text !== ";");
  return tokens.slice(0, last + 1);
}

function afterParenthesis(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at += 1) {
    if (tokens[at]?.text === "(") depth += 1;
    if (tokens[at]?.text === ")") depth -= 1;
    if (depth === 0) return at + 1;
  }
  return tokens.length;
}

/** One space between tokens, none around dots: a path is one thing. */
function join(parts: readonly string[]): string {
  return parts.join(" ").replaceAll(" . ", ".");
}

function word(token: Token | undefined): string | undefined {
  return token?.kind === "identifier" ? token.text.toUpperCase() : undefined;
}
