/** Answers as text. */
import { expect, test } from "vitest";
import { type Format, render, TABLE_ROWS_MAX } from "#services/cli/query/format.ts";
import { bytesText, priceText } from "#services/cli/query/price.ts";
import type { Answer, Row } from "#services/shared/gcp/query.ts";

const FIELDS = [
  { name: "image", type: "STRING" },
  { name: "pulls", type: "INTEGER" },
  { name: "actor", type: "RECORD" },
];

function answerOf(rows: Row[], fields = FIELDS): Answer {
  return {
    fields,
    rows: (async function* each() {
      yield* rows;
    })(),
  };
}

async function text(answer: Answer, format: Format): Promise<string> {
  let all = "";
  for await (const piece of render(answer, format)) all += piece;
  return all;
}

const ROWS: Row[] = [
  { image: "nginx", pulls: 12, actor: { subject: "x" } },
  { image: 'a,"b"|c\nd', pulls: null, actor: null },
];

test("json is one object per line", async () => {
  const lines = (await text(answerOf(ROWS), "json")).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line) as Row)).toEqual(ROWS);
});

test("csv quotes what needs it, leaves NULL empty and writes records as JSON", async () => {
  expect(await text(answerOf(ROWS), "csv")).toBe(
    'image,pulls,actor\nnginx,12,"{""subject"":""x""}"\n"a,""b""|c\nd",,\n',
  );
});

test("md is a table with numbers to the right and no text that breaks it", async () => {
  expect(await text(answerOf(ROWS), "md")).toBe(
    '| image | pulls | actor |\n| --- | ---: | --- |\n| nginx | 12 | {"subject":"x"} |\n| a,"b"\\|c<br>d | NULL | NULL |\n',
  );
});

test("a table shows its rows and how many there are, with numbers to the right", async () => {
  const drawn = await text(answerOf(ROWS), "table");
  expect(drawn).toContain("│ nginx");
  expect(drawn).toContain("│    12 │");
  expect(drawn).toMatch(/2 rows\n$/);
});

test("a table never writes a sender's control characters to the terminal", async () => {
  const drawn = await text(answerOf([{ image: "\u001b[31mred\u0007", pulls: 1, actor: null }]), "table");
  expect(drawn).toContain(String.raw`\u001b[31mred\u0007`);
  expect(drawn).not.toContain("\u001b");
});

test.each([
  ["=1+1", "'=1+1"],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\uFF1D1+1", "'\uFF1D1+1"],
  ["\uFF201", "'\uFF201"],
  ["\t=1", "\\t=1"],
  ["\r=1", "\\r=1"],
  ["a;=1", "a;'=1"],
  ["a\n=1", '"a\n\'=1"'],
  ["a=b;c -d", "a=b;c -d"],
  ["nginx", "nginx"],
])("csv: %j is text to every spreadsheet, as %j", async (image, cell) => {
  const lines = await text(answerOf([{ image, pulls: -5, actor: null }]), "csv");
  expect(lines).toBe(`image,pulls,actor\n${cell},-5,\n`);
});

test("md: a sender's markup is text", async () => {
  const image = "[a](http://x) ![b](y) <img src=z> `c` *d* _e_ ~f~ &amp; \\|";
  const lines = await text(answerOf([{ image, pulls: 1, actor: null }]), "md");
  expect(lines.split("\n")[2]).toBe(
    String.raw`| \[a\](http://x) !\[b\](y) \<img src=z\> \`c\` \*d\* \_e\_ \~f\~ \&amp; \\\| | 1 | NULL |`,
  );
});

test("a long answer's table ends at its limit and says so", async () => {
  const rows = Array.from({ length: TABLE_ROWS_MAX + 1 }, (_, pulls) => ({ image: "x", pulls, actor: null }));
  const drawn = await text(answerOf(rows), "table");
  expect(drawn).toMatch(/the first 1000 rows; there are more/);
});

test("an answer without rows still names its columns", async () => {
  expect(await text(answerOf([]), "csv")).toBe("image,pulls,actor\n");
  expect(await text(answerOf([]), "table")).toMatch(/0 rows\n$/);
});

test.each([
  [0, "0 bytes"],
  [1023, "1023 bytes"],
  [1024, "1.0 KiB"],
  [1.5 * 2 ** 30, "1.5 GiB"],
  [2 ** 41, "2.0 TiB"],
])("%i bytes are %s", (bytes, words) => {
  expect(bytesText(bytes)).toBe(words);
});

test.each([
  [0, "$0.00"],
  [2 ** 40, "$6.25"],
  [1.5 * 2 ** 30, "$0.0092"],
])("reading %i bytes costs %s", (bytes, price) => {
  expect(priceText(bytes)).toContain(`, ${price} at $6.25 per TiB`);
});
