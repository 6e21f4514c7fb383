/** Numbers as their text: `JSON.rawJSON`, which Node 24 has and TypeScript's library does not yet. */

/** https://tc39.es/proposal-json-parse-with-source/ */
export interface RawJson {
  readonly rawJSON: string;
}

interface JsonWithSource {
  rawJSON(text: string): RawJson;
  isRawJSON(value: unknown): value is RawJson;
}

const json = JSON as unknown as JsonWithSource;

/** `JSON.stringify` writes the text as it is. @param text a JSON primitive */
export const rawJson = (text: string): RawJson => json.rawJSON(text);
export const isRawJson = (value: unknown): value is RawJson => json.isRawJSON(value);
