/** Modules of Google's packages, evaluated when they are first used: the most are for what the services never do. */
import { readFileSync } from "node:fs";
import type { Plugin } from "esbuild";

/** As TypeScript writes an import into CommonJS; the number at the end makes the name one of a kind in its file. */
const REQUIRE =
  /^(?:const|var) (\w+_\d+) = ((?:__importDefault|__importStar)\(require\("[^"]+"\)\)|require\("[^"]+"\));$/gm;

/**
 * An index that re-exports through getters, as theirs do, then evaluates nothing by itself. Nothing is left out, and
 * what a module does when it is evaluated happens before its first use, as before; only the order between modules changes.
 * @param text a CommonJS module; anything else has none of these lines and stays as it is
 */
export function lazyRequires(text: string): string {
  const names: string[] = [];
  const lazy = text.replaceAll(REQUIRE, (_line, name: string, required: string) => {
    names.push(name);
    return `var ${name}$value, ${name}$get = () => ${name}$value ??= ${required};`;
  });
  if (names.length === 0) return text;
  return lazy.replaceAll(new RegExp(`\\b(?:${names.join("|")})\\b(?!\\$)`, "g"), (name) => `(${name}$get())`);
}

const PACKAGES = /[\\/](@google-cloud|@grpc|google-[a-z-]+|gaxios|gcp-metadata|gtoken)[\\/].*\.js$/;

export const lazyModules: Plugin = {
  name: "lazy-modules",
  setup(build) {
    build.onLoad({ filter: PACKAGES }, ({ path }) => ({
      contents: lazyRequires(readFileSync(path, "utf8")),
    }));
  },
};
