/** Where in the sources a bundle's error comes from, by the source maps beside the bundle. */
import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";

/** A place as V8 writes it into a stack (https://v8.dev/docs/stack-trace-api): of a module, with its line and column. */
const PLACE = /(file:\/\/[^\s()]+):(\d+):(\d+)/g;

const maps = new Map<string, SourceMap | undefined>();

/**
 * Node's `--enable-source-maps` does the same, but reads every map at each start, needed or not: a quarter of the
 * receiver's time to its first answer. A place without a map stays as it is.
 */
export function sourceStack(stack: string): string {
  return stack.replaceAll(PLACE, (place, url: string, line: string, column: string) => {
    if (!maps.has(url)) maps.set(url, mapOf(url));
    const origin = maps.get(url)?.findOrigin(Number(line), Number(column));
    if (origin === undefined || !("fileName" in origin)) return place;
    const source = origin.fileName.replace(/^(\.\.\/)+/, "");
    return `${source}:${origin.lineNumber}:${origin.columnNumber}`;
  });
}

function mapOf(url: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(new URL(`${url}.map`), "utf8")));
  } catch {
    // There is an error to show; what is wrong with its map is of no interest beside it.
    return undefined;
  }
}
