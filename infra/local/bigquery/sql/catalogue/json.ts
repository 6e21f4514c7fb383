/** JSON constructs. */
import { type Construct, query } from "./construct.ts";

export const JSON_CONSTRUCTS: readonly Construct[] = [
  query(
    "JSON_VALUE has no quotes",
    "SELECT ce_id, JSON_VALUE(extra, '$.ce.audience'), JSON_VALUE(extra, '$.n'), JSON_VALUE(extra, '$.text'), JSON_VALUE(extra, '$.flag'), JSON_VALUE(extra, '$.ratio') FROM pull",
  ),
  query(
    "JSON_VALUE of null, an object, an array and nothing is NULL",
    "SELECT ce_id, JSON_VALUE(extra, '$.none'), JSON_VALUE(extra, '$.ce'), JSON_VALUE(extra, '$.list'), JSON_VALUE(extra, '$.nothing'), JSON_VALUE(extra) FROM pull",
  ),
  query(
    "JSON_VALUE over a STRING",
    `SELECT JSON_VALUE('{"a":{"b":"x"}}', '$.a.b'), JSON_VALUE('{"a":1}', '$.a'), JSON_VALUE('no json', '$.a'), JSON_EXTRACT_SCALAR('{"a":"y"}', '$.a')`,
  ),
  query(
    "JSON paths with quotes and indexes",
    `SELECT ce_id, JSON_VALUE(extra, '$."a b"."c.d"[1]'), JSON_VALUE(extra, '$."a b"."c.d"[2].e'), JSON_QUERY(extra, '$."a b"'), JSON_VALUE(extra, '$[1]') FROM pull`,
  ),
  query(
    "JSON_QUERY keeps JSON",
    "SELECT ce_id, JSON_QUERY(extra, '$.ce'), JSON_QUERY(extra, '$.text'), JSON_QUERY(extra, '$.nothing'), JSON_QUERY(extra, '$') FROM pull",
  ),
  query(
    "JSON_QUERY_ARRAY and JSON_VALUE_ARRAY",
    "SELECT ce_id, JSON_QUERY_ARRAY(extra, '$.list'), JSON_VALUE_ARRAY(extra, '$.list'), ARRAY_LENGTH(JSON_QUERY_ARRAY(extra)) FROM pull WHERE extra IS NOT NULL AND JSON_VALUE(extra, '$.ratio') IS NOT NULL",
  ),
  query(
    "members of a JSON column",
    "SELECT ce_id, extra.ce.audience, extra.n, extra['a b']['c.d'][0], extra.list[1], extra[2] FROM pull",
  ),
  query(
    "STRING, INT64, FLOAT64 and BOOL of JSON",
    "SELECT ce_id, STRING(extra.ce.audience), INT64(extra.n), FLOAT64(extra.ratio), BOOL(extra.flag), FLOAT64(extra.n) FROM pull",
  ),
  query("JSON_TYPE", "SELECT ce_id, JSON_TYPE(extra), JSON_TYPE(extra.n), JSON_TYPE(extra.none) FROM pull"),
  query(
    "PARSE_JSON and JSON literals",
    `SELECT PARSE_JSON('{"b":[1,"x",null],"a":true}'), JSON '{"a":1}', JSON_VALUE(JSON '{"a":"x"}', '$.a'), STRING(PARSE_JSON('"s"'))`,
  ),
  query(
    "TO_JSON_STRING",
    `SELECT TO_JSON_STRING('say "hi"'), TO_JSON_STRING(1), TO_JSON_STRING(TRUE), TO_JSON_STRING([1,2]), TO_JSON_STRING(STRUCT(1 AS a, 'x' AS b, CAST(NULL AS STRING) AS c)), TO_JSON_STRING(JSON '{"a": 1}'), TO_JSON_STRING(CAST(NULL AS STRING)), TO_JSON_STRING(DATE '2026-01-02')`,
  ),
  query(
    "TO_JSON_STRING of columns",
    "SELECT id, TO_JSON_STRING(s), TO_JSON_STRING(ts), TO_JSON_STRING(words), TO_JSON_STRING(d) FROM odd WHERE s IS NOT NULL",
  ),
  query(
    "TO_JSON_STRING of nested structs",
    "SELECT ce_id, TO_JSON_STRING(actor), TO_JSON_STRING(body.policy_results) FROM pull",
  ),
];
