/** Arrays, structs and UNNEST. */
import { type Construct, ordered, query } from "./construct.ts";

export const ARRAY_CONSTRUCTS: readonly Construct[] = [
  query(
    "offsets and ordinals count from 0 and 1",
    "SELECT ce_id, body.policy_results[OFFSET(0)].policy_id, body.policy_results[ORDINAL(1)].result FROM pull WHERE ARRAY_LENGTH(body.policy_results) > 0",
  ),
  query(
    "SAFE_OFFSET out of bounds is NULL",
    "SELECT ce_id, body.policy_results[SAFE_OFFSET(1)].policy_id, body.policy_results[SAFE_ORDINAL(3)], body.policy_results[SAFE_OFFSET(-1)].result FROM pull",
  ),
  query(
    "a plain subscript is an offset",
    "SELECT id, words[0], numbers[0] FROM odd WHERE ARRAY_LENGTH(words) > 0",
  ),
  query(
    "UNNEST with a comma, the alias and its fields",
    "SELECT ce_id, r.policy_id, r.result FROM pull, UNNEST(body.policy_results) AS r",
  ),
  query(
    "fields of an unnested struct without the alias",
    "SELECT ce_id, policy_id, result FROM pull, UNNEST(body.policy_results)",
  ),
  query(
    "fields of an aliased struct without the alias",
    "SELECT ce_id, policy_id FROM pull, UNNEST(body.policy_results) AS r WHERE result = 'fail'",
  ),
  query("FROM t, t.array", "SELECT p.ce_id, r.result FROM pull AS p, p.body.policy_results AS r"),
  query(
    "FROM t, t.array without an alias",
    "SELECT ce_id, policy_results.policy_id FROM pull, pull.body.policy_results",
  ),
  query(
    "CROSS JOIN and LEFT JOIN UNNEST",
    "SELECT ce_id, r.policy_id FROM pull LEFT JOIN UNNEST(body.policy_results) AS r",
  ),
  query(
    "LEFT JOIN UNNEST with ON",
    "SELECT ce_id, r.policy_id FROM pull p LEFT JOIN UNNEST(p.body.policy_results) AS r ON r.result = 'pass'",
  ),
  query(
    "UNNEST WITH OFFSET",
    "SELECT id, w, place FROM odd CROSS JOIN UNNEST(words) AS w WITH OFFSET AS place",
  ),
  query("WITH OFFSET without a name", "SELECT id, w, offset FROM odd, UNNEST(words) AS w WITH OFFSET"),
  query("two arrays of one row", "SELECT id, w, n FROM odd, UNNEST(words) AS w, UNNEST(numbers) AS n"),
  query("SELECT * of an unnested array", "SELECT * FROM UNNEST([3, 1, 2])"),
  query(
    "structs meet by position, not by name",
    "SELECT IF(id > 3, STRUCT(id AS a, s AS b), STRUCT(0 AS x, 'y' AS z)), CASE WHEN id > 1 THEN STRUCT(1 AS a) ELSE STRUCT(2 AS b) END, COALESCE(NULL, STRUCT(1 AS a), STRUCT(2 AS b)), STRUCT(1 AS a) = STRUCT(1 AS b), [STRUCT(1 AS a), STRUCT(2 AS b)] FROM odd",
  ),
  query(
    "structs of a set operation meet by position",
    "SELECT STRUCT(1 AS a, 'p' AS b) AS s UNION ALL SELECT STRUCT(2 AS x, 'q' AS y)",
  ),
  query(
    "the alias of an element comes before a column",
    "SELECT odd.n AS own, n FROM odd, UNNEST(numbers) AS n WHERE n > 0 AND odd.id <> 5 AND (SELECT COUNT(*) FROM UNNEST([1, 2]) AS m WHERE m < n) > 0",
  ),
  query(
    "SELECT * of an array of structs",
    "SELECT * FROM UNNEST([STRUCT(1 AS a, 'x' AS b), STRUCT(2, 'y')])",
  ),
  query("element.* of an array of structs", "SELECT ce_id, r.* FROM pull, UNNEST(body.policy_results) AS r"),
  query(
    "a sum over the fields of an array",
    "SELECT ce_id, (SELECT COUNT(*) FROM UNNEST(body.policy_results)), (SELECT SUM(LENGTH(policy_id)) FROM UNNEST(body.policy_results)), (SELECT COUNTIF(r.result = 'fail') FROM UNNEST(body.policy_results) r) FROM pull",
  ),
  query(
    "EXISTS over an array",
    "SELECT ce_id FROM pull WHERE EXISTS (SELECT 1 FROM UNNEST(body.policy_results) AS r WHERE r.result = 'fail' AND r.policy_id = 'policy-0')",
  ),
  query(
    "NOT EXISTS over an array",
    "SELECT ce_id FROM pull WHERE NOT EXISTS (SELECT 1 FROM UNNEST(body.policy_results) WHERE result IS NULL)",
  ),
  query(
    "IN UNNEST with NULLs",
    "SELECT id, 'a' IN UNNEST(words), i IN UNNEST(numbers), i NOT IN UNNEST(numbers), 1 IN UNNEST([2, NULL]), 2 IN UNNEST([2, NULL]) FROM odd",
  ),
  query(
    "IN over an array subquery",
    "SELECT ce_id FROM pull WHERE 'pass' IN (SELECT result FROM UNNEST(body.policy_results))",
  ),
  query(
    "ARRAY(subquery) with ORDER BY",
    "SELECT id, ARRAY(SELECT w FROM UNNEST(words) AS w ORDER BY w DESC), ARRAY(SELECT n * 2 FROM UNNEST(numbers) AS n WITH OFFSET o WHERE n > 0 ORDER BY o) FROM odd",
  ),
  query(
    "ARRAY of SELECT AS STRUCT",
    "SELECT ce_id, ARRAY(SELECT AS STRUCT r.policy_id AS id, r.result = 'pass' AS ok FROM UNNEST(body.policy_results) AS r WITH OFFSET o ORDER BY o) FROM pull",
  ),
  query(
    "ARRAY_LENGTH, ARRAY_REVERSE, ARRAY_CONCAT, ||",
    "SELECT id, ARRAY_LENGTH(words), ARRAY_REVERSE(numbers), ARRAY_CONCAT(words, ['z']), numbers || [9] FROM odd",
  ),
  query(
    "ARRAY_TO_STRING leaves NULLs out or replaces them",
    "SELECT id, ARRAY_TO_STRING(words, '-'), ARRAY_TO_STRING(['a', NULL, 'b'], ','), ARRAY_TO_STRING(['a', NULL, 'b'], ',', '?') FROM odd",
  ),
  query(
    "GENERATE_ARRAY",
    "SELECT GENERATE_ARRAY(1, 5), GENERATE_ARRAY(0, 10, 5), GENERATE_ARRAY(5, 1, -2), GENERATE_ARRAY(5, 1), GENERATE_ARRAY(1, 3, 1)",
  ),
  query(
    "array literals and typed arrays",
    "SELECT [1, 2], ['a'], ARRAY<STRING>['x', 'y'], ARRAY<INT64>[], [STRUCT(1 AS a, 'q' AS b)], ARRAY<STRUCT<a INT64, b STRING>>[(1, 'x'), (2, 'y')]",
  ),
  query(
    "struct constructors",
    "SELECT STRUCT(1 AS a, 'x' AS b), STRUCT<a INT64, b STRING>(2, 'y'), STRUCT(1 AS a, STRUCT(TRUE AS c) AS b).b.c, STRUCT(id, s AS t) FROM odd",
  ),
  query(
    "fields of structs, NULL structs and hyphens",
    "SELECT ce_id, actor.act.`aws-arn`, actor.act.email, body.error.status, body.error.code, actor.subject FROM pull",
  ),
  query("struct.*", "SELECT ce_id, body.error.* FROM pull"),
  query(
    "identifiers ignore case",
    "SELECT CE_ID, Actor.SUBJECT, BODY.Error.Status FROM pull WHERE Body.METHOD = 'GET'",
  ),
  query("a whole struct and a whole array", "SELECT actor, body.policy_results, body FROM pull"),
  ordered(
    "an unnested array joined to a table",
    "SELECT p.ce_id, x FROM pull p JOIN UNNEST(['id-1', 'id-2', 'id-8']) AS x ON p.ce_id = x ORDER BY x",
  ),
];
