/** ERROR: what it fails, what it does not, and a staging table that is checked by the statement that reads it. */
import { type Construct, failing, query } from "./construct.ts";

/** The ten rows of `odd` joined to the one row of a check of their number. */
const joined = (rows: number) =>
  `SELECT S.* EXCEPT (staged) FROM (SELECT IF(COUNT(*) = ${rows}, 1, ERROR('not whole')) AS whole FROM odd) AS W
   LEFT JOIN (SELECT id, b, 1 AS staged FROM odd) AS S ON W.whole = S.staged WHERE W.whole = 1
   QUALIFY ROW_NUMBER() OVER (PARTITION BY S.b ORDER BY S.id) = 1`;

/** The rows of `odd`, and a check of their number that adds none. */
const appended = (rows: number, from = "odd") =>
  `SELECT id, b, words FROM ${from} WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY b ORDER BY id) = 1
   UNION ALL SELECT NULL, NULL, NULL FROM (SELECT COUNT(*) AS staged FROM ${from})
   WHERE IF(staged = ${rows}, FALSE, ERROR('not whole'))`;

const NONE = "(SELECT * FROM odd WHERE id < 0)";

export const ERROR_CONSTRUCTS: readonly Construct[] = [
  query(
    "ERROR that is not chosen does not fail",
    `SELECT id, IF(id > 0, TRUE, ERROR('low')), CASE WHEN id > 0 THEN s ELSE ERROR(CONCAT('low: ', s)) END,
     COALESCE(id, ERROR('no id')) FROM odd WHERE IF(id > 0, TRUE, ERROR('low'))`,
  ),
  failing("ERROR", "SELECT id, ERROR('always') FROM odd", "always"),
  failing("ERROR in a condition", "SELECT id FROM odd WHERE IF(id < 3, TRUE, ERROR('too high'))", "too high"),
  failing(
    "ERROR with a computed text",
    "SELECT IF(id < 3, s, ERROR(CONCAT('id ', id))) FROM odd WHERE id = 7",
    "id 7",
  ),
  query("rows joined to a check that holds", joined(10)),
  failing("rows joined to a check that does not hold", joined(11), "not whole"),
  query("rows with a check that holds", appended(10)),
  failing("rows with a check that does not hold", appended(9), "not whole"),
  failing("no rows with a check that does not hold", appended(3, NONE), "not whole"),
];
