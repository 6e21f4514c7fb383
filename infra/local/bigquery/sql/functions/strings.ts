/** String and bytes functions (Google: "String functions", "Hash functions"). */
import { duckString } from "../literals.ts";
import { type Call, type FunctionTable, same, scalar } from "./call.ts";
import { capturing } from "./regexp.ts";

/** GoogleSQL trims Unicode white space, DuckDB's trim only blanks. */
const WHITE = "[\\s\\x{0b}\\x{85}\\pZ]+";

export const STRING_FUNCTIONS: FunctionTable = {
  LOWER: same("bq_lower", 1),
  UPPER: same("bq_upper", 1),
  LENGTH: same("bq_length", 1),
  CHAR_LENGTH: same("length", 1),
  CHARACTER_LENGTH: same("length", 1),
  BYTE_LENGTH: same("bq_byte_length", 1),
  OCTET_LENGTH: same("bq_byte_length", 1),
  // DuckDB's concat() skips NULLs, GoogleSQL's is NULL when one argument is.
  CONCAT: scalar(1, 99, (call) => `(${call.nodes.map((_, index) => call.arg(index)).join(" || ")})`),
  TRIM: scalar(1, 2, (call) => trim(call, "trim", `^${WHITE}|${WHITE}$`)),
  LTRIM: scalar(1, 2, (call) => trim(call, "ltrim", `^${WHITE}`)),
  RTRIM: scalar(1, 2, (call) => trim(call, "rtrim", `${WHITE}$`)),
  REPLACE: same("replace", 3),
  // DuckDB keeps what a reader sees as one character together; GoogleSQL reverses code points.
  REVERSE: scalar(1, 1, (call) => `array_to_string(list_reverse(string_split(${call.arg(0)}, '')), '')`),
  REPEAT: same("bq_repeat", 2),
  STRPOS: same("strpos", 2),
  INSTR: same("strpos", 2),
  STARTS_WITH: same("starts_with", 2),
  ENDS_WITH: same("ends_with", 2),
  CONTAINS_SUBSTR: same("bq_contains_substr", 2),
  SUBSTR: scalar(2, 3, substr),
  SUBSTRING: scalar(2, 3, substr),
  LEFT: same("bq_left", 2),
  RIGHT: same("bq_right", 2),
  LPAD: scalar(2, 3, (call) => pad(call, "lpad")),
  RPAD: scalar(2, 3, (call) => pad(call, "rpad")),
  SPLIT: scalar(
    1,
    2,
    (call) => `string_split(${call.arg(0)}, ${call.nodes.length > 1 ? call.arg(1) : "','"})`,
  ),
  ASCII: same("ascii", 1),
  CHR: scalar(1, 1, (call) => `chr(CAST(${call.arg(0)} AS INTEGER))`),

  REGEXP_CONTAINS: same("regexp_matches", 2),
  REGEXP_REPLACE: scalar(3, 3, (call) => `regexp_replace(${call.args()}, 'g')`),
  REGEXP_EXTRACT: scalar(2, 2, (call) => {
    const [value, pattern, group] = regexp(call);
    return `bq_regexp_extract(${value}, ${pattern}, ${group})`;
  }),
  REGEXP_EXTRACT_ALL: scalar(2, 2, (call) => `regexp_extract_all(${regexp(call).join(", ")})`),

  MD5: scalar(1, 1, (call) => `unhex(md5(${call.arg(0)}))`),
  SHA1: scalar(1, 1, (call) => `unhex(sha1(${call.arg(0)}))`),
  SHA256: scalar(1, 1, (call) => `unhex(sha256(${call.arg(0)}))`),
  TO_HEX: scalar(1, 1, (call) => `lower(hex(CAST(${call.arg(0)} AS BLOB)))`),
  FROM_HEX: same("unhex", 1),
  TO_BASE64: same("to_base64", 1),
  FROM_BASE64: same("from_base64", 1),
  GENERATE_UUID: scalar(0, 0, () => "CAST(uuid() AS VARCHAR)"),
};

function trim(call: Call, name: string, white: string): string {
  if (call.nodes.length === 2) return `${name}(${call.args()})`;
  return `regexp_replace(${call.arg(0)}, ${duckString(white)}, '', 'g')`;
}

function pad(call: Call, name: string): string {
  const pattern = call.nodes.length > 2 ? call.arg(2) : "' '";
  return `bq_${name}(${call.arg(0)}, ${call.arg(1)}, ${pattern})`;
}

function substr(call: Call): string {
  if (call.nodes.length === 2) return `bq_substr(${call.args()})`;
  return `bq_substr_length(${call.args()})`;
}

/** Value, pattern and the group that is returned: the only one, or the whole match when there is none. */
function regexp(call: Call): [value: string, pattern: string, group: number] {
  const { groups, optional } = capturing(call.literal(1).value);
  if (groups > 1) {
    call.refuse("with more than one capturing group", "BigQuery allows one; make the others (?:...)");
  }
  // The engines differ on a group that took no part in the match: NULL or an empty string.
  if (optional)
    call.refuse("with a capturing group that may match nothing", "put ?, * and | inside the group");
  return [call.arg(0), call.arg(1), groups];
}
