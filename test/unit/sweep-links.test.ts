/** Every relative link, every anchor and every path of a page in the Markdown and in the sources leads somewhere. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

/** Tracked files and new ones, without what git ignores and what was recorded elsewhere. */
const FILES = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => existsSync(file) && !file.startsWith("test/fixtures/releases/"));
const PAGES = FILES.filter((file) => file.endsWith(".md"));
const SOURCES = FILES.filter((file) => /(\.(ts|sql|sh|tf|tf\.json|json|yml)|Makefile)$/.test(file));

const withoutCode = (text: string) => text.replaceAll(/^```.*?^```/gms, "");

/** GitHub's anchors: letters, digits, `_` and `-`; the second heading of a name ends in `-1`. */
function anchorsOf(text: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const anchors = [...withoutCode(text).matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = ""]) => {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const anchor = plain.replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
  return new Set(anchors);
}

/** Relative links only; an address with a scheme is somebody else's to keep. */
function linksOf(text: string): readonly string[] {
  const code = /`[^`\n]*`/g;
  return [
    ...withoutCode(text)
      .replaceAll(code, "")
      .matchAll(/\]\(([^)\s]+)\)/g),
  ]
    .map(([, link = ""]) => link)
    .filter((link) => !/^[a-z]+:/.test(link));
}

function isBroken(page: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : join(dirname(page), path);
  if (!existsSync(target)) return true;
  if (anchor === undefined) return false;
  return statSync(target).isDirectory() || !anchorsOf(readFileSync(target, "utf8")).has(anchor);
}

test("every relative link and every anchor in a page leads somewhere", () => {
  const links = PAGES.flatMap((page) =>
    linksOf(readFileSync(page, "utf8")).map((link) => [page, link] as const),
  );
  expect(PAGES.length).toBeGreaterThan(20);
  expect(links.filter(([, link]) => link.includes("#")).length).toBeGreaterThan(10);
  expect(links.filter(([page, link]) => isBroken(page, link))).toEqual([]);
});

test("every page that a source, a message or a setting names is there", () => {
  const named = [...SOURCES, ...PAGES].flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/(?<![\w/.-])docs\/[\w/-]+\.(?:md|png)/g)].map(
      ([path]) => [file, path] as const,
    ),
  );
  expect(named.length).toBeGreaterThan(80);
  expect(named.filter(([, path]) => !existsSync(path))).toEqual([]);
});

/** Paths from the root, in backticks, without a pattern in them. */
const CODE_PATH = /`((?:services|infra|test|schemas|build)\/[\w./-]*\w)\/?`/g;

test("every file and folder of ours that a page names is there", () => {
  const named = PAGES.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(CODE_PATH)].map(([, path = ""]) => [file, path] as const),
  );
  expect(named.length).toBeGreaterThan(40);
  // Tests may be named without their ending. The lock file is the deploying team's own.
  const isThere = (path: string) =>
    existsSync(path) || existsSync(`${path}.test.ts`) || path === "infra/gcp/terraform.lock.hcl";
  expect(named.filter(([, path]) => !isThere(path))).toEqual([]);
});

test("a link to a page, a heading or a folder that is not there is found", () => {
  expect(
    ["nowhere.md", "README.md#nowhere", "docs#nowhere"].map((link) => isBroken("README.md", link)),
  ).toEqual([true, true, true]);
  expect(["README.md", "#deploy", "docs"].map((link) => isBroken("README.md", link))).toEqual([
    false,
    false,
    false,
  ]);
});
