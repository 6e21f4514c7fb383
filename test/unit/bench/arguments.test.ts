/** The command line of `make bench`. */
import { expect, test } from "vitest";
import { helpText, readArguments } from "#test/bench/arguments.ts";

const KNOWN = ["receiver", "batcher", "loader"];

test("without arguments all benches run in full, for people", () => {
  expect(readArguments([], KNOWN)).toEqual({ names: KNOWN, quick: false, json: false });
});

test("--only takes names with commas and blanks between them", () => {
  const args = ["--only", "loader, receiver", "--quick", "--json"];
  expect(readArguments(args, KNOWN)).toEqual({ names: ["loader", "receiver"], quick: true, json: true });
});

test.each([
  [["--only", "receiver,reciever"], 'no bench is called "reciever"; there are receiver, batcher, loader'],
  [["--only", "receiver,"], 'no bench is called ""'],
  [["--fast"], "Unknown option '--fast'"],
  [["--only"], "argument missing"],
  [["receiver"], "Unexpected argument 'receiver'"],
])("%j is refused with what is wrong about it", (args, message) => {
  expect(() => readArguments(args, KNOWN)).toThrow(message);
});

test("--help wins over what else is asked, names every bench and shows how to call it", () => {
  expect(readArguments(["--quick", "--help"], KNOWN)).toBe("help");
  for (const name of KNOWN) expect(helpText(KNOWN)).toContain(name);
  expect(helpText(KNOWN)).toContain('make bench ARGS="--only receiver');
});
