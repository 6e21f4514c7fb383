/** Sample events from a text: one JSON document, an array of them, or one document per line. */
import { PipelineError } from "#services/shared/errors.ts";
import { isObject, type Json } from "#services/shared/row/json.ts";
import { parseJson } from "#services/shared/row/parse-json.ts";
import type { Sample } from "#services/shared/schema/infer.ts";

interface Samples {
  readonly samples: readonly Sample[];
  /** The event types that whole CloudEvents named. */
  readonly types: readonly string[];
}

interface Document {
  /** Where it stands, for messages: `line 3`, `sample 2 of the array`. */
  readonly place: string;
  readonly value: Json;
}

/** @throws PipelineError CONFIG_INVALID that says which line is not what it should be */
export function readSamples(text: string): Samples {
  const documents = readDocuments(text);
  if (documents.length === 0) throw wrong("there are no samples on standard input");
  const types = new Set<string>();
  const samples = documents.map(({ place, value }) => {
    if (!isObject(value)) throw wrong(`${place}: a sample is a JSON object`);
    if (!isCloudEvent(value)) return { place, data: value };
    types.add(value["type"] as string);
    const data = dataOf(value, place);
    if (!isObject(data)) throw wrong(`${place}: the event's data is no JSON object`);
    return { place, data };
  });
  return { samples, types: [...types] };
}

function readDocuments(text: string): readonly Document[] {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => line.trim() !== "");
  if (first === -1) return [];
  // A first line that is whole is followed by others of its kind; a pretty-printed document's never is.
  if (!isJson(lines[first] as string)) return elements(parse(text, 0));
  const rest = lines.flatMap((line, index) =>
    line.trim() === "" ? [] : [{ place: `line ${index + 1}`, value: parse(line, index) }],
  );
  const [only, ...others] = rest;
  return only !== undefined && others.length === 0 ? elements(only.value, only.place) : rest;
}

function elements(value: Json, place = "the document"): readonly Document[] {
  if (!Array.isArray(value)) return [{ place, value }];
  return (value as readonly Json[]).map((element, index) => ({
    place: `sample ${index + 1} of the array`,
    value: element,
  }));
}

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#required-attributes */
function isCloudEvent(value: { readonly [key: string]: Json }): boolean {
  return ["specversion", "id", "source", "type"].every((name) => typeof value[name] === "string");
}

function dataOf(event: { readonly [key: string]: Json }, place: string): Json | undefined {
  const base64 = event["data_base64"];
  if (typeof base64 !== "string") return event["data"];
  const text = Buffer.from(base64, "base64").toString("utf8");
  try {
    return parse(text, 0);
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    throw wrong(`${place}: in data_base64, ${error.message}`);
  }
}

function isJson(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return false;
    throw error;
  }
}

/** @param before how many lines there are before the text's first */
function parse(text: string, before: number): Json {
  try {
    const { value, duplicate } = parseJson(text);
    if (duplicate === undefined) return value;
    throw wrong(
      `line ${before + 1}${text.includes("\n") ? " and below" : ""}: the key ${duplicate} stands twice`,
    );
  } catch (error) {
    if (error instanceof SyntaxError) throw wrong(located(error.message, text, before));
    if (error instanceof RangeError) throw wrong(`line ${before + 1}: ${error.message}`);
    throw error;
  }
}

/** The parser counts characters from 0 over the whole text; a person counts lines and columns from 1. */
function located(message: string, text: string, before: number): string {
  const [, what = message, at = "0"] = /^(.*) at character (\d+)$/.exec(message) ?? [];
  const lines = text.slice(0, Number(at)).split("\n");
  return `line ${before + lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}: no JSON: ${what}`;
}

function wrong(message: string): PipelineError {
  return new PipelineError("CONFIG_INVALID", "never", message);
}
