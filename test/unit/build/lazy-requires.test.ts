/** Modules of Google's packages are evaluated when they are first used, and do then what they always did. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { lazyRequires } from "../../../build/lazy-requires.ts";

/** Runs a CommonJS module against others; `order` tells when each of those was evaluated. */
function run(text: string, others: Readonly<Record<string, () => object>>) {
  const order: string[] = [];
  const evaluated = new Map<string, object>();
  const require = (name: string): object => {
    const known = evaluated.get(name);
    if (known !== undefined) return known;
    order.push(name);
    const made = others[name]?.() ?? {};
    evaluated.set(name, made);
    return made;
  };
  const module = { exports: {} as Record<string, unknown> };
  // The text is this test's own.
  // oxlint-disable-next-line typescript/no-implied-eval
  new Function("module", "exports", "require", text)(module, module.exports, require);
  return { exports: module.exports, order };
}

test("a module waits for its first use, and is evaluated once", () => {
  const text = `"use strict";
const part_1 = require("./part");
const never_1 = require("./never");
exports.make = () => new part_1.Part().name + (0, part_1.twice)(2);
exports.never = () => never_1.nothing();
`;
  const others = {
    "./part": () => ({
      Part: class {
        name = "part ";
      },
      twice: (value: number) => 2 * value,
    }),
  };
  const { exports, order } = run(lazyRequires(text), others);
  const make = exports["make"] as () => string;
  expect(order).toEqual([]);
  expect([make(), make()]).toEqual(["part 4", "part 4"]);
  expect(order).toEqual(["./part"]);
});

test("what is re-exported through a getter waits, too; a class that is extended does not", () => {
  const text = `"use strict";
var error_1 = require("./error");
const base_1 = require("./base");
Object.defineProperty(exports, "Problem", { enumerable: true, get: function () { return error_1.Problem; } });
exports.Derived = class extends base_1.Base {};
`;
  const { exports, order } = run(lazyRequires(text), {
    "./error": () => ({ Problem: "problem" }),
    "./base": () => ({ Base: Array }),
  });
  expect(order).toEqual(["./base"]);
  expect(exports["Problem"]).toBe("problem");
  expect(order).toEqual(["./base", "./error"]);
});

test("a module without such lines stays as it is", () => {
  const text = `const util = require("./util");\nimport { a } from "./a.js";\n`;
  expect(lazyRequires(text)).toBe(text);
});

test("the packages are still written in the way that is looked for", () => {
  const load = createRequire(import.meta.url);
  for (const path of ["google-gax", "google-auth-library", "@grpc/grpc-js", "@google-cloud/pubsub"]) {
    const text = readFileSync(load.resolve(path), "utf8");
    const left = text.match(/^(?:const|var) \w+_\d+ = .*require\(/gm) ?? [];
    const after = lazyRequires(text);
    expect(after.match(/\$get = \(\) =>/g)?.length, path).toBeGreaterThan(5);
    expect(
      left.filter((line) => after.includes(line)),
      path,
    ).toEqual([]);
  }
});
