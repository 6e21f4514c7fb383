/** DuckDB macros with GoogleSQL's meaning, for what no DuckDB function does; run them on each connection. */

/**
 * `typeof()` is known when DuckDB plans a statement, so a branch for another type costs nothing, but every
 * branch must still bind: hence the detours through VARCHAR, which every type can be cast to.
 */
const DEFINITIONS: readonly string[] = [
  // Guards: an argument of a type for which the translation would be silently wrong is an error.
  `bq_not_numeric(x) AS CASE WHEN typeof(x) LIKE 'DECIMAL%'
    THEN error('This operation over NUMERIC is not supported by the local BigQuery: CAST it to FLOAT64') ELSE x END`,
  `bq_only_date(x) AS CASE WHEN typeof(x) LIKE 'TIMESTAMP%'
    THEN error('A DATE function takes a DATE: use DATE(...) or the TIMESTAMP function') ELSE CAST(x AS DATE) END`,
  `bq_only_timestamp(x) AS CASE WHEN typeof(x) IN ('TIMESTAMP', 'DATE')
    THEN error('A TIMESTAMP function takes a TIMESTAMP: use TIMESTAMP(...)') ELSE CAST(x AS TIMESTAMPTZ) END`,
  `bq_datetime(x) AS CAST(x AS TIMESTAMP)`,
  // DuckDB asks the calendar of the time zone for each of these, which is UTC here: six times as slow.
  `bq_date(x) AS CASE WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE'
    THEN CAST(make_timestamp(epoch_us(CAST(x AS TIMESTAMPTZ))) AS DATE) ELSE CAST(x AS DATE) END`,
  `bq_timestamp(x) AS CASE WHEN typeof(x) = 'TIMESTAMP'
    THEN make_timestamptz(epoch_us(CAST(x AS TIMESTAMP))) ELSE CAST(x AS TIMESTAMPTZ) END`,

  // Arithmetic. DuckDB answers NULL or infinity where GoogleSQL fails.
  `bq_divisor(x) AS CASE WHEN x = 0 THEN error('division by zero') ELSE bq_not_numeric(x) END`,
  `bq_minus(a, b) AS CASE WHEN (typeof(a) = 'DATE' AND typeof(b) = 'DATE')
    OR (typeof(a) LIKE 'TIMESTAMP%' AND typeof(b) LIKE 'TIMESTAMP%')
    THEN error('The difference of two times is not supported by the local BigQuery: use DATE_DIFF or TIMESTAMP_DIFF')
    ELSE a - b END`,
  `bq_div(a, b) AS bq_not_numeric(a) // bq_divisor(b)`,
  `bq_mod(a, b) AS bq_not_numeric(a) % bq_divisor(b)`,
  `bq_multiply(a, b) AS CASE WHEN typeof(a) LIKE 'DECIMAL%' AND typeof(b) LIKE 'DECIMAL%'
    THEN error('NUMERIC * NUMERIC is not supported by the local BigQuery: CAST to FLOAT64') ELSE a * b END`,
  `bq_safe_divide(a, b) AS CASE WHEN b = 0 THEN NULL ELSE bq_not_numeric(a) / bq_not_numeric(b) END`,
  `bq_floor_div(a, b) AS (a - ((a % b) + b) % b) // b`,

  // Conversions (Google: "Conversion rules").
  `bq_pad_fraction(t) AS CASE length(regexp_extract(t, '\\.(\\d+)', 1))
    WHEN 1 THEN regexp_replace(t, '\\.(\\d)', '.\\100') WHEN 2 THEN regexp_replace(t, '\\.(\\d\\d)', '.\\10')
    WHEN 4 THEN regexp_replace(t, '\\.(\\d{4})', '.\\100') WHEN 5 THEN regexp_replace(t, '\\.(\\d{5})', '.\\10')
    ELSE t END`,
  // The shortest of 15 or 17 digits that reads back as the same number.
  `bq_float_text(f) AS CASE WHEN f = 0 THEN '0' WHEN CAST(printf('%.15g', f) AS DOUBLE) = f THEN printf('%.15g', f)
    ELSE printf('%.17g', f) END`,
  `bq_to_string(x) AS CASE
    WHEN typeof(x) LIKE 'TIMESTAMP%' THEN bq_pad_fraction(CAST(x AS VARCHAR))
    WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN bq_float_text(TRY_CAST(CAST(x AS VARCHAR) AS DOUBLE))
    WHEN typeof(x) LIKE 'DECIMAL%' THEN regexp_replace(CAST(x AS VARCHAR), '\\.?0+$', '')
    WHEN typeof(x) = 'BLOB' THEN decode(CAST(CAST(x AS VARCHAR) AS BLOB))
    ELSE CAST(x AS VARCHAR) END`,
  `bq_int64_or(x, otherwise) AS CASE
    WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN CAST(round(CAST(CAST(x AS VARCHAR) AS DOUBLE)) AS BIGINT)
    WHEN typeof(x) = 'VARCHAR' AND NOT regexp_matches(CAST(x AS VARCHAR), '^\\s*[+-]?(\\d+|0[xX][0-9a-fA-F]+)\\s*$') THEN otherwise
    ELSE CAST(x AS BIGINT) END`,
  `bq_to_int64(x) AS bq_int64_or(x, error('Bad int64 value: ' || CAST(x AS VARCHAR)))`,
  `bq_try_int64(x) AS CASE
    WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN TRY_CAST(round(TRY_CAST(CAST(x AS VARCHAR) AS DOUBLE)) AS BIGINT)
    WHEN typeof(x) = 'VARCHAR' AND NOT regexp_matches(CAST(x AS VARCHAR), '^\\s*[+-]?(\\d+|0[xX][0-9a-fA-F]+)\\s*$') THEN NULL
    ELSE TRY_CAST(x AS BIGINT) END`,
  // NaN compares and sorts otherwise in DuckDB, so none gets in.
  `bq_no_nan(f) AS CASE WHEN isnan(f) THEN error('NaN is not supported by the local BigQuery') ELSE f END`,
  `bq_to_float64(x) AS bq_no_nan(CAST(x AS DOUBLE))`,
  `bq_try_float64(x) AS bq_no_nan(TRY_CAST(x AS DOUBLE))`,
  `bq_is_date_text(t) AS regexp_matches(t, '^\\s*\\d+-\\d{1,2}-\\d{1,2}\\s*$')`,
  `bq_to_date(x) AS CASE WHEN typeof(x) = 'VARCHAR' AND NOT bq_is_date_text(CAST(x AS VARCHAR))
    THEN error('Invalid date: ' || CAST(x AS VARCHAR)) ELSE CAST(x AS DATE) END`,
  `bq_try_date(x) AS CASE WHEN typeof(x) = 'VARCHAR' AND NOT bq_is_date_text(CAST(x AS VARCHAR))
    THEN NULL ELSE TRY_CAST(x AS DATE) END`,
  `bq_is_time_text(t) AS regexp_matches(t, '^\\s*\\d{4}-\\d{1,2}-\\d{1,2}([ Tt]\\d{1,2}:\\d{1,2}:\\d{1,2}(\\.\\d*)?)?\\s*([Zz]|UTC|[+-]\\d{1,2}(:\\d{2})?|[A-Za-z_]+/[A-Za-z_/]+)?\\s*$')`,
  `bq_to_timestamp(x) AS CASE WHEN typeof(x) = 'VARCHAR' AND NOT bq_is_time_text(CAST(x AS VARCHAR))
    THEN error('Invalid timestamp: ' || CAST(x AS VARCHAR)) ELSE CAST(x AS TIMESTAMPTZ) END`,
  `bq_try_timestamp(x) AS CASE WHEN typeof(x) = 'VARCHAR' AND NOT bq_is_time_text(CAST(x AS VARCHAR))
    THEN NULL ELSE TRY_CAST(x AS TIMESTAMPTZ) END`,
  `bq_to_datetime(x) AS CASE WHEN typeof(x) = 'VARCHAR' AND NOT bq_is_time_text(CAST(x AS VARCHAR))
    THEN error('Invalid datetime: ' || CAST(x AS VARCHAR)) ELSE CAST(x AS TIMESTAMP) END`,
  `bq_try_datetime(x) AS CASE WHEN typeof(x) = 'VARCHAR' AND NOT bq_is_time_text(CAST(x AS VARCHAR))
    THEN NULL ELSE TRY_CAST(x AS TIMESTAMP) END`,
  `bq_bool_or(x, otherwise) AS CASE
    WHEN typeof(x) = 'VARCHAR' AND lower(CAST(x AS VARCHAR)) NOT IN ('true', 'false') THEN otherwise
    ELSE CAST(x AS BOOLEAN) END`,
  `bq_to_bool(x) AS bq_bool_or(x, error('Bad bool value: ' || CAST(x AS VARCHAR)))`,
  `bq_try_bool(x) AS bq_bool_or(x, NULL)`,
  `bq_to_bytes(x) AS CASE WHEN typeof(x) = 'BLOB' THEN CAST(CAST(x AS VARCHAR) AS BLOB)
    ELSE encode(CAST(x AS VARCHAR)) END`,

  // Strings. DuckDB maps each character to one; a few have more in upper case.
  `bq_upper(s) AS CASE
    WHEN regexp_matches(s, '[\\x{149}\\x{1F0}\\x{390}\\x{3B0}\\x{587}\\x{1E96}-\\x{1E9A}\\x{1F50}-\\x{1FFC}\\x{FB00}-\\x{FB17}]')
    THEN error('UPPER of a character with several in upper case is not supported by the local BigQuery')
    ELSE upper(replace(s, 'ß', 'SS')) END`,
  `bq_lower(s) AS lower(replace(s, chr(304), 'i' || chr(775)))`,
  `bq_length(x) AS CASE WHEN typeof(x) = 'BLOB' THEN octet_length(CAST(CAST(x AS VARCHAR) AS BLOB))
    ELSE length(CAST(x AS VARCHAR)) END`,
  `bq_byte_length(x) AS CASE WHEN typeof(x) = 'BLOB' THEN octet_length(CAST(CAST(x AS VARCHAR) AS BLOB))
    ELSE strlen(CAST(x AS VARCHAR)) END`,
  `bq_substr(s, p) AS CASE WHEN p >= 1 THEN substring(s, p) WHEN p = 0 OR -p > length(s) THEN s
    WHEN s IS NOT NULL THEN substring(s, length(s) + p + 1) END`,
  `bq_substr_length(s, p, n) AS CASE WHEN n < 0 THEN error('Third argument in SUBSTR() cannot be negative')
    ELSE left(bq_substr(s, p), n) END`,
  `bq_repeat(s, n) AS CASE WHEN n < 0 THEN error('Second argument in REPEAT() cannot be negative') ELSE repeat(s, n) END`,
  `bq_left(s, n) AS CASE WHEN n < 0 THEN error('Second argument in LEFT() cannot be negative') ELSE left(s, n) END`,
  `bq_right(s, n) AS CASE WHEN n < 0 THEN error('Second argument in RIGHT() cannot be negative') ELSE right(s, n) END`,
  `bq_lpad(s, n, pattern) AS CASE WHEN n < 0 OR pattern = '' THEN error('LPAD() takes a length and a pattern')
    ELSE lpad(s, CAST(n AS INTEGER), pattern) END`,
  `bq_rpad(s, n, pattern) AS CASE WHEN n < 0 OR pattern = '' THEN error('RPAD() takes a length and a pattern')
    ELSE rpad(s, CAST(n AS INTEGER), pattern) END`,
  // GoogleSQL compares NFKC and case folded; for these scripts that is NFC and lower case.
  `bq_folds_simply(s) AS regexp_full_match(nfc_normalize(s), '[\\x00-\\x7f\\xC0-\\xDE\\xE0-\\xFF\\x{100}-\\x{12F}\\x{134}-\\x{13E}\\x{141}-\\x{148}\\x{14A}-\\x{17E}\\x{400}-\\x{481}\\x{3041}-\\x{3096}\\x{30A1}-\\x{30FA}\\x{4E00}-\\x{9FFF}]*', 's')`,
  `bq_contains_substr(x, part) AS CASE WHEN typeof(x) <> 'VARCHAR'
    THEN error('CONTAINS_SUBSTR over anything but STRING is not supported by the local BigQuery')
    WHEN NOT (bq_folds_simply(CAST(x AS VARCHAR)) AND bq_folds_simply(part))
    THEN error('CONTAINS_SUBSTR over such characters is not supported by the local BigQuery: ' || CAST(x AS VARCHAR))
    ELSE contains(lower(nfc_normalize(CAST(x AS VARCHAR))), lower(nfc_normalize(part))) END`,
  `bq_regexp_extract(s, pattern, g) AS CASE WHEN regexp_matches(s, pattern) THEN regexp_extract(s, pattern, g) END`,

  // Arrays.
  `bq_offset(a, n) AS CASE WHEN n < 0 OR n >= len(a) THEN error('Array index ' || n || ' is out of bounds')
    ELSE a[n + 1] END`,
  `bq_safe_offset(a, n) AS CASE WHEN n >= 0 THEN a[n + 1] END`,
  `bq_in_unnest(x, a) AS CASE WHEN a IS NULL OR len(a) = 0 THEN FALSE WHEN x IS NULL THEN NULL
    WHEN list_contains(a, x) THEN TRUE WHEN list_count(a) < len(a) THEN NULL ELSE FALSE END`,
  `bq_array_to_string(a, separator, missing) AS
    array_to_string(list_transform(a, lambda bq_e: coalesce(CAST(bq_e AS VARCHAR), missing)), separator)`,
  `bq_generate_array(a, b, step) AS CASE WHEN step = 0 THEN error('Sequence step cannot be 0.')
    WHEN typeof(a) IN ('DOUBLE') OR typeof(a) LIKE 'DECIMAL%'
    THEN error('GENERATE_ARRAY over anything but INT64 is not supported by the local BigQuery')
    ELSE generate_series(CAST(a AS BIGINT), CAST(b AS BIGINT), CAST(step AS BIGINT)) END`,
  `bq_generate_date_array(a, b, step) AS list_transform(
    generate_series(CAST(a AS TIMESTAMP), CAST(b AS TIMESTAMP), step), lambda bq_e: CAST(bq_e AS DATE))`,

  // Times.
  `bq_micros(t) AS lpad(CAST(((epoch_us(t) % 1000000) + 1000000) % 1000000 AS VARCHAR), 6, '0')`,
  `bq_fraction(t) AS regexp_replace('.' || bq_micros(t), '\\.?0+$', '')`,
  `bq_fraction_digits(t, n) AS '.' || left(bq_micros(t), n)`,

  // JSON. A text that is no JSON, like a NULL, has no members.
  `bq_json_at(j, p) AS CASE WHEN json_valid(CAST(j AS VARCHAR)) THEN json_extract(CAST(j AS VARCHAR), p) END`,
  `bq_json_member(j, name) AS json_extract(j, '$."' || replace(name, '"', '\\"') || '"')`,
  `bq_json_value(j, p) AS CASE WHEN json_valid(CAST(j AS VARCHAR)) THEN json_value(CAST(j AS VARCHAR), p) ->> '$' END`,
  `bq_json_query(j, p) AS CASE WHEN typeof(j) = 'VARCHAR'
    THEN error('JSON_QUERY over a STRING is not supported by the local BigQuery: use PARSE_JSON')
    ELSE json_extract(CAST(j AS VARCHAR), p) END`,
  `bq_json_elements(j) AS CASE WHEN json_type(j) = 'ARRAY' THEN from_json(j, '["JSON"]') END`,
  `bq_json_query_array(j, p) AS CASE WHEN typeof(j) = 'VARCHAR'
    THEN error('JSON_QUERY_ARRAY over a STRING is not supported by the local BigQuery: use PARSE_JSON')
    ELSE bq_json_elements(json_extract(CAST(j AS VARCHAR), p)) END`,
  `bq_json_scalars(a) AS CASE WHEN len(list_filter(a, lambda bq_e: json_type(bq_e) IN ('OBJECT', 'ARRAY'))) = 0
    THEN list_transform(a, lambda bq_e: bq_e ->> '$') END`,
  `bq_json_value_array(j, p) AS bq_json_scalars(bq_json_elements(bq_json_at(j, p)))`,
  `bq_json_type(j) AS CASE json_type(j) WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array'
    WHEN 'VARCHAR' THEN 'string' WHEN 'BOOLEAN' THEN 'boolean' WHEN 'NULL' THEN 'null'
    ELSE CASE WHEN j IS NOT NULL THEN 'number' END END`,
  `bq_json_is(j, kinds) AS CASE WHEN typeof(j) <> 'JSON'
    THEN error('STRING, INT64, FLOAT64 and BOOL take JSON here: use CAST') ELSE list_contains(kinds, json_type(j)) END`,
  `bq_json_string(j) AS CASE WHEN j IS NULL THEN NULL WHEN bq_json_is(j, ['VARCHAR']) THEN j ->> '$'
    ELSE error('The provided JSON input is not a string') END`,
  `bq_json_int64(j) AS CASE WHEN j IS NULL THEN NULL WHEN bq_json_is(j, ['BIGINT', 'UBIGINT'])
    THEN CAST(j ->> '$' AS BIGINT) ELSE error('The provided JSON input is not an integer') END`,
  `bq_json_float64(j) AS CASE WHEN j IS NULL THEN NULL WHEN bq_json_is(j, ['BIGINT', 'UBIGINT', 'DOUBLE'])
    THEN CAST(j ->> '$' AS DOUBLE) ELSE error('The provided JSON input is not a number') END`,
  `bq_json_bool(j) AS CASE WHEN j IS NULL THEN NULL WHEN bq_json_is(j, ['BOOLEAN'])
    THEN CAST(j ->> '$' AS BOOLEAN) ELSE error('The provided JSON input is not a boolean') END`,
  `bq_iso(t) AS bq_pad_fraction(strftime(t, '%Y-%m-%dT%H:%M:%S') || bq_fraction(t)) || 'Z'`,
  `bq_small_numbers(t) AS CASE WHEN regexp_matches(t, '(^|[:,\\[])-?\\d{16}')
    THEN error('TO_JSON_STRING of numbers of sixteen digits is not supported by the local BigQuery') ELSE t END`,
  `bq_to_json_string(x) AS CASE
    WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE' THEN '"' || bq_iso(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMP)) || '"'
    WHEN regexp_matches(typeof(x), 'TIMESTAMP|DOUBLE|FLOAT|DECIMAL|BLOB|TIME|_field_')
    THEN error('TO_JSON_STRING over ' || typeof(x) || ' is not supported by the local BigQuery: CAST to STRING')
    WHEN x IS NULL THEN 'null' WHEN typeof(x) = 'JSON' THEN CAST(x AS VARCHAR) ELSE bq_small_numbers(CAST(to_json(x) AS VARCHAR)) END`,
];

/** `CREATE OR REPLACE TEMP MACRO` statements, each after those that it uses. */
export const MACROS: readonly string[] = DEFINITIONS.map(
  (definition) => `CREATE OR REPLACE TEMP MACRO ${definition}`,
);
