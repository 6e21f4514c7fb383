/** The tables of the catalogue: seeded rows like pull events, and one row of each awkward value. */
import type { Column, ColumnType, Value } from "./values.ts";

export interface TestTable {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Value[])[];
}

const STRING: ColumnType = { kind: "STRING" };
const INT64: ColumnType = { kind: "INT64" };

function struct(fields: Readonly<Record<string, ColumnType>>): ColumnType {
  return { kind: "STRUCT", fields: Object.entries(fields).map(([name, type]) => ({ name, type })) };
}

function columns(types: Readonly<Record<string, ColumnType>>): Column[] {
  return Object.entries(types).map(([name, type]) => ({ name, type }));
}

const PULL_COLUMNS = columns({
  ce_id: STRING,
  ce_time: { kind: "TIMESTAMP" },
  received_at: { kind: "TIMESTAMP" },
  actor: struct({ subject: STRING, act: struct({ email: STRING, "aws-arn": STRING }) }),
  body: struct({
    repository: STRING,
    tag: STRING,
    digest: STRING,
    method: STRING,
    when: { kind: "DATETIME" },
    error: struct({ status: INT64, code: STRING }),
    policy_results: { kind: "ARRAY", element: struct({ policy_id: STRING, result: STRING }) },
  }),
  extra: { kind: "JSON" },
});

/** A generator of numbers in [0, 1) that is the same everywhere (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const REPOSITORIES = ["acme/nginx", "acme/python", "acme/Go", "ünïcode/日本", "acme/istio-pilot", ""];
const TAGS = ["latest", "1.27", "1-dev", "", "3.13-slim"];
const EXTRAS = [
  '{"ce":{"audience":"customer"},"n":7}',
  '{"a b":{"c.d":[10,20,{"e":"x"}]},"flag":true,"none":null}',
  '{"ratio":1.5,"text":"say \\"hi\\"","list":["p","q"]}',
  "[1,2,3]",
  '"just text"',
];
const START_MICROS = Date.UTC(2025, 11, 28) * 1000;

function pullRows(count: number): Value[][] {
  const random = seeded(7);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const maybe = (share: number, value: Value): Value => (random() < share ? null : value);
  const micros = () =>
    START_MICROS + Math.floor(random() * 20 * 86_400) * 1_000_000 + Math.floor(random() * 4) * 250_001;
  const iso = (at: number) =>
    `${new Date(at / 1000).toISOString().slice(0, 19)}.${String(at % 1_000_000).padStart(6, "0")}`;
  return Array.from({ length: count }, (_, index) => {
    const at = micros();
    const failed = random() < 0.2;
    const policies = Array.from({ length: Math.floor(random() * 4) }, (__, n) => [
      `policy-${n}`,
      maybe(0.15, pick(["pass", "fail", "skip"])),
    ]);
    return [
      // Every tenth event came twice.
      `id-${index % 10 === 9 ? index - 1 : index}`,
      maybe(0.05, `${iso(at)}Z`),
      `${iso(at + 1_500_000)}Z`,
      maybe(0.05, [
        `sub-${index % 7}`,
        maybe(0.3, [pick(["a@x.dev", "B@X.dev", ""]), maybe(0.5, `arn:aws:${index % 3}`)]),
      ]),
      [
        pick(REPOSITORIES),
        maybe(0.1, pick(TAGS)),
        `sha256:${(index * 2_654_435_761).toString(16).padStart(12, "0")}`,
        pick(["GET", "HEAD"]),
        maybe(0.1, iso(at)),
        failed ? [pick(["401", "403", "404", "500"]), maybe(0.2, pick(["DENIED", "UNKNOWN"]))] : null,
        policies,
      ],
      maybe(0.3, pick(EXTRAS)),
    ];
  });
}

const ODD_COLUMNS = columns({
  id: INT64,
  i: INT64,
  f: { kind: "FLOAT64" },
  n: { kind: "NUMERIC" },
  s: STRING,
  b: { kind: "BOOL" },
  d: { kind: "DATE" },
  dt: { kind: "DATETIME" },
  ts: { kind: "TIMESTAMP" },
  raw: { kind: "BYTES" },
  words: { kind: "ARRAY", element: STRING },
  numbers: { kind: "ARRAY", element: INT64 },
});

const ODD_ROWS: readonly (readonly Value[])[] = [
  [
    "1",
    "0",
    "0",
    "0",
    "",
    true,
    "2026-01-01",
    "2026-01-01T00:00:00.000000",
    "2026-01-01T00:00:00.000000Z",
    "",
    [],
    [],
  ],
  [
    "2",
    "-7",
    "-2.5",
    "-1.5",
    "  pad\t ",
    false,
    "2025-12-28",
    "2025-12-28T23:59:59.999999",
    "2025-12-28T23:59:59.999999Z",
    "00ff",
    ["a", "", "b"],
    ["3", "-1"],
  ],
  [
    "3",
    "7",
    "2.5",
    "12.345",
    "a.b,c,,d",
    true,
    "2024-02-29",
    "2024-02-29T12:30:00.500000",
    "2024-02-29T12:30:00.500000Z",
    "616263",
    ["x"],
    ["0"],
  ],
  [
    "4",
    "3",
    "0.1",
    "0.000000001",
    "Größe 日本 😀",
    null,
    "1999-12-31",
    "1969-12-31T23:59:59.000001",
    "1969-12-31T23:59:59.000001Z",
    "c3a9",
    ["ü", "日"],
    ["5", "5", "5"],
  ],
  [
    "5",
    "9007199254740993",
    "100",
    "99999999999999999999.999999999",
    "100%_\\x",
    false,
    "2026-12-31",
    "2026-07-04T01:02:03.004000",
    "2026-07-04T01:02:03.004000Z",
    null,
    ["n"],
    ["9007199254740993"],
  ],
  [
    "6",
    "-1",
    "-0.5",
    "1",
    "key=v1;key=v2",
    true,
    "2021-01-03",
    "2021-01-03T00:00:00.123000",
    "2021-01-03T00:00:00.123000Z",
    "41",
    ["b", "a"],
    ["1", "2"],
  ],
  ["7", null, null, null, null, null, null, null, null, null, [], []],
  [
    "8",
    "42",
    "1e+21",
    "-12.5",
    "line\nbreak",
    false,
    "2020-06-15",
    "2020-06-15T06:30:15.100000",
    "2020-06-15T06:30:15.100000Z",
    "0a",
    ["q"],
    ["4", "2"],
  ],
  [
    "9",
    "5",
    "3.5",
    "0.5",
    "12",
    true,
    "2016-01-01",
    "2016-01-01T10:00:00.000000",
    "2016-01-01T10:00:00.000000Z",
    "3132",
    ["12"],
    ["12"],
  ],
  [
    "10",
    "-9",
    "-3.5",
    "-0.5",
    "-4",
    false,
    "2027-01-02",
    "2027-01-02T22:00:00.000000",
    "2027-01-02T22:00:00.000000Z",
    "2d",
    ["x", "x"],
    ["-9"],
  ],
];

export const TEST_TABLES: readonly TestTable[] = [
  { name: "pull", columns: PULL_COLUMNS, rows: pullRows(300) },
  { name: "odd", columns: ODD_COLUMNS, rows: ODD_ROWS },
];
