/** String, bytes and regular expression constructs. */
import { type Construct, query } from "./construct.ts";

export const STRING_CONSTRUCTS: readonly Construct[] = [
  query("REGEXP_CONTAINS matches a part", "SELECT id, REGEXP_CONTAINS(s, r'\\d+') FROM odd"),
  query(
    "REGEXP_CONTAINS can be anchored",
    "SELECT ce_id FROM pull WHERE REGEXP_CONTAINS(body.repository, '^acme/[a-z]+$')",
  ),
  query("REGEXP_REPLACE replaces every match", "SELECT id, REGEXP_REPLACE(s, '[aeiou]', '_') FROM odd"),
  query(
    "REGEXP_REPLACE refers to groups",
    "SELECT REGEXP_REPLACE(body.repository, r'^([a-z]+)/(\\w+)', '\\\\2 of \\\\1') FROM pull",
  ),
  query(
    "REGEXP_EXTRACT is NULL without a match",
    "SELECT ce_id, REGEXP_EXTRACT(body.repository, '^acme/') FROM pull",
  ),
  query(
    "REGEXP_EXTRACT returns the group",
    "SELECT ce_id, REGEXP_EXTRACT(body.repository, '^acme/(.*)$') FROM pull",
  ),
  query(
    "REGEXP_EXTRACT knows escaped and silent groups",
    "SELECT id, REGEXP_EXTRACT(s, r'(?:v)(\\d)'), REGEXP_EXTRACT(s, '[(]?a') FROM odd",
  ),
  query(
    "REGEXP_EXTRACT_ALL returns the groups",
    "SELECT id, REGEXP_EXTRACT_ALL(s, r'v(\\d)'), REGEXP_EXTRACT_ALL(s, '[a-c]') FROM odd WHERE s IS NOT NULL",
  ),
  query(
    "STARTS_WITH, ENDS_WITH, STRPOS",
    "SELECT id, STARTS_WITH(s, 'a'), ENDS_WITH(s, 'd'), STRPOS(s, 'b'), STARTS_WITH(s, ''), INSTR(s, '=') FROM odd",
  ),
  {
    ...query(
      "CONTAINS_SUBSTR ignores case",
      "SELECT CONTAINS_SUBSTR('the blue house', 'Blue house'), CONTAINS_SUBSTR('the red house', 'blue'), CONTAINS_SUBSTR(CAST(NULL AS STRING), 'a')",
    ),
    documented: {
      why: "the reference implementation at hand has no CONTAINS_SUBSTR",
      source: "CONTAINS_SUBSTR: its first examples, and NULL for a NULL expression",
      answer: {
        columns: ["f0_", "f1_", "f2_"].map((name) => ({ name, type: { kind: "BOOL" } as const })),
        rows: [[true, false, null]],
      },
    },
  },
  query(
    "LIKE escapes with a backslash",
    "SELECT id, s LIKE '%\\\\%%', s LIKE '100\\\\%\\\\_%', s LIKE '_.b%', s NOT LIKE '%a%' FROM odd",
  ),
  query(
    "NOT before LIKE",
    "SELECT id, NOT s LIKE 'a%', NOT s NOT LIKE '%b%', s LIKE 'a' || '%', s LIKE CONCAT('%', 'd') FROM odd WHERE NOT s LIKE 'zz%' AND id > 0",
  ),
  query(
    "LOWER, UPPER, LENGTH over Unicode",
    "SELECT id, LOWER(s), UPPER(s), LENGTH(s), CHAR_LENGTH(s), BYTE_LENGTH(s), OCTET_LENGTH(s), UPPER('straße é'), LOWER('İÉ') FROM odd",
  ),
  query(
    "LENGTH counts characters, BYTE_LENGTH bytes",
    "SELECT LENGTH('Größe 日本 😀'), BYTE_LENGTH('Größe 日本 😀'), LENGTH(b'\\xc3\\xa9'), LENGTH(raw) FROM odd",
  ),
  query(
    "TRIM takes away any white space",
    "SELECT id, TRIM(s), LTRIM(s), RTRIM(s), TRIM('\\u00a0\\tx \\n'), TRIM('xxaxx', 'x'), LTRIM('abcab', 'ab'), RTRIM('abcab', 'ab') FROM odd",
  ),
  query(
    "SUBSTR counts from 1, from the end, and from 0",
    "SELECT id, SUBSTR(s, 2), SUBSTR(s, 0), SUBSTR(s, -3), SUBSTR(s, -99), SUBSTR(s, 99) FROM odd",
  ),
  query(
    "SUBSTR with a length",
    "SELECT id, SUBSTR(s, 2, 3), SUBSTR(s, 0, 2), SUBSTR(s, -3, 2), SUBSTR(s, -99, 2), SUBSTRING(s, 1, 0) FROM odd",
  ),
  query("LEFT and RIGHT", "SELECT id, LEFT(s, 3), RIGHT(s, 3), LEFT(s, 0), RIGHT(s, 99) FROM odd"),
  query(
    "LPAD and RPAD cut, too",
    "SELECT id, LPAD(s, 5), RPAD(s, 5, '*'), LPAD(s, 2, 'xy'), RPAD('日', 4, '本') FROM odd",
  ),
  query(
    "REPLACE, REPEAT, REVERSE",
    "SELECT id, REPLACE(s, 'a', 'AA'), REPLACE(s, '', 'x'), REPEAT(s, 2), REPEAT(s, 0), REVERSE(s) FROM odd",
  ),
  query(
    "CONCAT and || are NULL with NULL",
    "SELECT id, CONCAT(s, '!'), s || '-' || s, CONCAT('a', s, 'b') FROM odd",
  ),
  query(
    "SPLIT",
    "SELECT id, SPLIT(s), SPLIT(s, '.'), SPLIT(s, ''), SPLIT('a--b', '--') FROM odd WHERE s IS NOT NULL",
  ),
  query("ASCII and CHR", "SELECT ASCII('abc'), CHR(97), CHR(26085)"),
  query(
    "TO_HEX of SHA256, SHA1 and MD5",
    "SELECT id, TO_HEX(SHA256(s)), TO_HEX(MD5(s)), TO_HEX(SHA1(s)), SHA256(s) FROM odd",
  ),
  query(
    "TO_HEX, FROM_HEX, TO_BASE64, FROM_BASE64 of bytes",
    "SELECT id, TO_HEX(raw), TO_BASE64(raw), FROM_BASE64(TO_BASE64(raw)), FROM_HEX(TO_HEX(raw)) FROM odd",
  ),
  query(
    "bytes literals and casts",
    "SELECT b'abc', b'\\x00\\xff', CAST('é' AS BYTES), CAST(b'abc' AS STRING), rb'a\\x', CAST(CAST('a\\\\x41' AS BYTES) AS STRING)",
  ),
  query(
    "string literals of every kind",
    `SELECT 'it\\'s', "dq \\" ' x", '''tri'ple''', """a"b""", r'raw\\d', R"raw\\n", 'tab\\tnew\\n\\u00e9\\x41\\101', '--no comment', '/* nor */', 'back\\\\slash', '@p ? \`q\`'`,
  ),
  query("comments of every kind", "SELECT 1 AS a, -- one\n 2 AS b # two ' \n, /* three \" */ 3 AS c"),
  query(
    "GREATEST and LEAST are NULL with NULL",
    "SELECT id, GREATEST(i, 3), LEAST(i, 3, id), GREATEST(s, 'b') FROM odd",
  ),
  query(
    "synonyms",
    "SELECT CEILING(1.2), SUBSTRING('abc', 2), CHARACTER_LENGTH('añ'), JSON_EXTRACT(JSON '{\"a\":{\"b\":1}}', '$.a'), JSON_EXTRACT_ARRAY(JSON '[1,2]'), VAR_SAMP(x) FROM UNNEST([1, 2, 4]) AS x",
  ),
  query(
    "code points, not what a reader sees as one character",
    "SELECT REVERSE('e\\u0301x'), LENGTH('e\\u0301x'), SUBSTR('e\\u0301x', 2, 1), LEFT('👨‍👩‍👧', 1), REVERSE('👨‍👩‍👧'), LENGTH('👨‍👩‍👧'), SPLIT('e\\u0301x', '')",
  ),
  {
    ...query(
      "RAND and GENERATE_UUID",
      "SELECT LENGTH(GENERATE_UUID()), RAND() >= 0 AND RAND() < 1, GENERATE_UUID() = GENERATE_UUID()",
    ),
    documented: {
      why: "the reference implementation at hand has no GENERATE_UUID",
      source: "GENERATE_UUID: 32 hexadecimal digits in five groups; RAND: in [0, 1)",
      answer: {
        columns: [
          { name: "f0_", type: { kind: "INT64" } },
          { name: "f1_", type: { kind: "BOOL" } },
          { name: "f2_", type: { kind: "BOOL" } },
        ],
        rows: [["36", true, false]],
      },
    },
  },
];
