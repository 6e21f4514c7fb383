/** The rules of plain English that a machine can hold: no banned expression, a subject first, 25 words a sentence at most. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PROBLEMS } from "#services/receiver/problem.ts";
import { ALL_FAULTS } from "#test/simulation/world.ts";

/** Folders and pages that are held to the rules. A folder whose comments are clean is added here. */
const ENFORCED = ["docs", "README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md"];

/** Sections that are not clean yet; each is taken out of the page, and has to be there. */
const NOT_YET: Readonly<Record<string, string>> = {
  "docs/internals/performance.md": "End to end",
  "docs/operate/cost.md": "How to read it",
};

const WORDS_MAX = 25;
const BANNED =
  /\b(anew|at present|next to nothing|on loan|so (long|much) (may|is))\b|(?<!\bthere )\bis no (?!longer|more)[a-z]+/i;
const OPENINGS = /^(Who|What|Of|So|Those) /;

/** Titles of the receiver's problems and faults of the simulation, which pages repeat to the letter. */
const NAMES = [...Object.values(PROBLEMS).map(({ title }) => title), ...ALL_FAULTS];

/** Paragraphs, list items and table cells without code, links, emphasis and what a command generates. */
function textsOf(markdown: string): readonly { text: string; isSentence: boolean }[] {
  const plain = markdown
    .replaceAll(/^<!-- (npx|node) .*?^<!-- end -->/gms, "")
    .replaceAll(/^ *```.*?^ *```/gms, "")
    .replaceAll(/`[^`\n]*`/g, "Code")
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll("**", "");
  const ours = NAMES.reduce((rest, name) => rest.replaceAll(name, "Name"), plain);
  return ours.split(/\n\s*\n|\n(?=\s*(?:[-|#]|\d+\.) )/).flatMap((block) => {
    const text = block.trim().replaceAll(/\s+/g, " ");
    if (text.startsWith("|"))
      return text.split("|").map((cell) => ({ text: cell.trim(), isSentence: false }));
    const isSentence = !text.startsWith("#");
    return [{ text: text.replace(/^([-#]+|\d+\.) /, ""), isSentence }];
  });
}

/** Doc comments and comment lines, without tags. */
function commentsOf(source: string): readonly { text: string; isSentence: boolean }[] {
  const found = source.matchAll(/\/\*\*(.*?)\*\/|(?:^[ \t]*\/\/ [^\n]*\n)+/gms);
  return [...found].map(([comment]) => ({
    text: comment
      .replaceAll(/^\s*(\/\*\*|\*\/|\*|\/\/)|\*\//gm, "")
      .replaceAll(/`[^`\n]*`/g, "Code")
      .replaceAll(/@\w+|^ *- /gm, ". ")
      .replaceAll(/\s+/g, " ")
      .trim(),
    isSentence: true,
  }));
}

/** Ends after a mark that a blank and a capital follow, so that neither `v1.2` nor "e.g. this" ends a sentence. */
const sentencesOf = (text: string) => text.split(/(?<=[.!?:]["”)]?) (?=["“(]?[\p{Lu}\d])/u);

function faultsOf(texts: readonly { text: string; isSentence: boolean }[]): readonly string[] {
  return texts.flatMap(({ text, isSentence }) =>
    sentencesOf(text).flatMap((sentence) => {
      const words = sentence.split(" ").filter((word) => /[\p{L}\d]/u.test(word)).length;
      const faults = [
        ...(BANNED.test(sentence) ? [`says "${BANNED.exec(sentence)?.[0]}"`] : []),
        ...(isSentence && OPENINGS.test(sentence) && !sentence.endsWith("?")
          ? ["opens without a subject"]
          : []),
        ...(isSentence && words > WORDS_MAX ? [`has ${words} words`] : []),
      ];
      return faults.map((fault) => `${fault}: ${sentence}`);
    }),
  );
}

function withoutSection(page: string, heading: string | undefined): string {
  if (heading === undefined) return page;
  const [before, section, ...rest] = page.split(new RegExp(`^## ${heading}$`, "m"));
  if (section === undefined || rest.length > 0) throw new Error(`no section "${heading}", or several`);
  return `${before}${section.replace(/^.*?(?=^## |$(?![^]))/ms, "")}`;
}

const FILES = execFileSync("git", ["ls-files", ...ENFORCED], { encoding: "utf8" })
  .split("\n")
  .filter((file) => /\.(md|ts)$/.test(file));

test("every page and comment that is enforced is plain English", () => {
  expect(FILES.length).toBeGreaterThan(20);
  const faults = FILES.flatMap((file) => {
    const text = withoutSection(readFileSync(file, "utf8"), NOT_YET[file]);
    return faultsOf(file.endsWith(".md") ? textsOf(text) : commentsOf(text)).map(
      (fault) => `${file}: ${fault}`,
    );
  });
  expect(faults).toEqual([]);
});

test.each([
  ["Who obeys it notices nothing.", "opens without a subject"],
  ["The list is made anew.", 'says "anew"'],
  ["A text is no object.", 'says "is no object"'],
  [`It ${"is ".repeat(WORDS_MAX)}long.`, "has 27 words"],
])("a fault is found, in a page and in a comment: %s", (sentence, fault) => {
  expect(faultsOf(textsOf(sentence))).toEqual([`${fault}: ${sentence}`]);
  expect(faultsOf(commentsOf(`/** ${sentence} */\n`))).toEqual([`${fault}: ${sentence}`]);
});

test.each([
  "What is it?",
  "There is no other. It is no longer there.",
  "See `a.ts`. It reads v1.2, e.g. this.",
])("no fault: %s", (text) => {
  expect(faultsOf(textsOf(text))).toEqual([]);
});
