/** What `pullhouse forget` makes of texts, whatever they are in. */
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { contentWithout } from "#services/cli/forget/content.ts";
import { lineOf } from "#services/cli/forget/row-line.ts";
import { candidateRows } from "#services/cli/forget/statements.ts";
import { termOf, without } from "#services/cli/forget/term.ts";

const base64 = (text: string, encoding: BufferEncoding = "utf8") =>
  Buffer.from(text, encoding).toString("base64");
const ADA = termOf("ada@acme.example");
const JÖRG = termOf("jörg@acme.example");

test.each([
  ["a row", `{"a":"ada@acme.example","data_digest":"sha256:1"}`, `{"a":"forgotten","data_digest":null}`],
  ["a row of others", `{"a":"bada@acme.example","data_digest":"sha256:1"}`, undefined],
  ["other case", `{"a":"mail ADA@acme.EXAMPLE."}`, `{"a":"mail forgotten."}`],
  ["a key", `{"by":{"ada@acme.example":1}}`, `{"by":{"forgotten":1}}`],
  ["escapes", `{"a":"ada\\u0040acme.example"}`, `{"a":"forgotten"}`],
  [
    "JSON in JSON",
    `{"data":"{\\"a\\":[\\"ada\\\\u0040acme.example\\"]}"}`,
    `{"data":"{\\"a\\":[\\"forgotten\\"]}"}`,
  ],
  ["numbers to the letter", `{"n":1.50e3,"a":"ada@acme.example"}`, `{"n":1.50e3,"a":"forgotten"}`],
  ["no JSON", `who: "ada@acme.example", {`, `who: "forgotten", {`],
  [
    "base64 of JSON",
    `{"data_base64":"${base64('{"a":"ada@acme.example"}')}"}`,
    `{"data_base64":"${base64('{"a":"forgotten"}')}"}`,
  ],
  [
    "base64 of bytes, a letter's byte before it",
    `{"data_base64":"${base64("\xffada@acme.example", "latin1")}"}`,
    `{"data_base64":"${base64("\xffforgotten", "latin1")}"}`,
  ],
])("%s", (_, line, after = line) => {
  expect(without(ADA, line)).toBe(after);
});

test("letters beyond ASCII are found in text, in UTF-8 and in bytes that are no text", () => {
  const utf8 = Buffer.from("jörg@acme.example");
  const bytes = (name: Buffer | string) =>
    Buffer.concat([Buffer.of(0xff), Buffer.from(name)]).toString("base64");
  expect(without(JÖRG, `{"a":"JÖRG@acme.example","data_base64":"${utf8.toString("base64")}"}`)).toBe(
    `{"a":"forgotten","data_base64":"${base64("forgotten")}"}`,
  );
  expect(without(JÖRG, `{"data_base64":"${bytes(utf8)}"}`)).toBe(`{"data_base64":"${bytes("forgotten")}"}`);
});

test.each([
  [
    "1.2.3.4",
    "from 1.2.3.4:80, not 1.2.3.40, 11.2.3.4 or 1.2.3.4.5",
    "from forgotten:80, not 1.2.3.40, 11.2.3.4 or 1.2.3.4.5",
  ],
  ["acme/ada", "acme/ada, not acme/ada-2 or x.acme/ada", "forgotten, not acme/ada-2 or x.acme/ada"],
])("%s is that text as a whole", (text, before, after) => {
  expect(without(termOf(text), before)).toBe(after);
});

test("the pattern for candidates leaves out nothing that would change, packed or not", () => {
  const piece = fc.constantFrom(
    "ada@acme.example",
    "ADA@ACME.example",
    "x",
    '"',
    "\\",
    " ",
    "é",
    "\xff",
    "{",
    "\n",
  );
  const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
  const line = fc.oneof(
    text,
    text.map((one) => JSON.stringify({ one, data_digest: "d" })),
    text.map((one) => JSON.stringify({ data: JSON.stringify({ one }) })),
    text.map((one) => JSON.stringify({ data_base64: base64(one, "latin1") })),
    text.map((one) => JSON.stringify({ one }).replaceAll("@", "\\u0040")),
  );
  const candidate = new RegExp(ADA.candidate, "iu");
  fc.assert(
    fc.property(line, (one) => {
      const after = without(ADA, one);
      expect(candidate.test(one) || after === one).toBe(true);
      // And a second time there is nothing to change.
      expect(without(ADA, after)).toBe(after);
      const [plain, packed] = [Buffer.from(one), gzipSync(one)].map((bytes) => contentWithout(ADA, bytes));
      expect(plain?.outcome).toBe(packed?.outcome);
    }),
    { numRuns: 500 },
  );
});

test("an object that is no gzip although it begins so is named, and what is no text only if it has it", () => {
  expect(contentWithout(ADA, Buffer.from([0x1f, 0x8b, 1, 2]))).toMatchObject({ outcome: "unchangeable" });
  expect(contentWithout(ADA, Buffer.from([0xff, 1, 2]))).toEqual({ outcome: "clean" });
  expect(contentWithout(ADA, Buffer.concat([Buffer.of(0xff), Buffer.from("ada@acme.example")]))).toEqual({
    outcome: "unchangeable",
    reason: "it is no text",
  });
});

test("a table is searched in every field that can hold text, at any depth", () => {
  const sql = candidateRows(
    "t",
    [
      { name: "n", type: "INTEGER" },
      { name: "b", type: "BYTES" },
      {
        name: "r",
        type: "RECORD",
        fields: [
          { name: "x", type: "JSON" },
          { name: "n", type: "INTEGER" },
        ],
      },
      {
        name: "l",
        type: "RECORD",
        mode: "REPEATED",
        fields: [{ name: "s", type: "STRING", mode: "REPEATED" }],
      },
    ],
    ["n"],
  );
  expect(sql).toBe(
    "SELECT T.`n` FROM t AS T WHERE (T.`b` IS NOT NULL OR (REGEXP_CONTAINS(TO_JSON_STRING(T.`r`.`x`), @candidate))" +
      " OR EXISTS(SELECT 1 FROM UNNEST(T.`l`) AS e0 WHERE (EXISTS(SELECT 1 FROM UNNEST(e0.`s`) AS e1 WHERE REGEXP_CONTAINS(e1, @candidate)))))",
  );
});

test("a row is a line again: JSON as it is, NULL left out, lists and records in place", () => {
  const fields = [
    { name: "j", type: "JSON" },
    { name: "none", type: "STRING" },
    { name: "l", type: "STRING", mode: "REPEATED" },
    {
      name: "r",
      type: "RECORD",
      mode: "REPEATED",
      fields: [
        { name: "i", type: "INTEGER" },
        { name: "j", type: "JSON" },
      ],
    },
  ];
  const row = {
    j: '{"n":12345678901234567890}',
    none: null,
    l: ["a", '"'],
    r: [
      { i: 1, j: "[1]" },
      { i: null, j: null },
    ],
  };
  expect(lineOf(fields, row)).toBe(
    `{"j":{"n":12345678901234567890},"l":["a","\\""],"r":[{"i":1,"j":[1]},{}]}`,
  );
});
