/** A first draft of a schema file from sample events; what the types cannot show, a person has to write. */

import { PipelineError } from "../errors.ts";
import { compileFill } from "../row/fill.ts";
import type { Json } from "../row/json.ts";
import type { Reason } from "../row/reason.ts";
import { DRAFT } from "./check.ts";
import { columnProblems, isColumnName, LEVELS_MAX } from "./check-columns.ts";
import { type Column, lowerCamelCase } from "./column.ts";
import { Shape } from "./infer-shape.ts";
import type { Registry } from "./registry.ts";

export interface Sample {
  /** Where it came from, for messages. */
  readonly place: string;
  /** The event's data. */
  readonly data: { readonly [key: string]: Json };
}

export interface Draft {
  readonly columns: readonly Column[];
  /** What a person should know: fields that are left out, and columns that are JSON. */
  readonly notes: readonly string[];
}

/**
 * Columns that every sample fits, by the same code that makes rows.
 * @throws PipelineError CONFIG_INVALID when a sample has a value that no column holds, or no field to draft
 */
export function draftSchema(samples: readonly Sample[], registry: Registry): Draft {
  const shape = new Shape();
  for (const { data } of samples) shape.add(data);
  const notes: string[] = [];
  const { otherNames } = registry.unregistered;
  const columns = drafted(shape, { above: "", depth: 1, otherNames, notes });
  if (columns.length === 0) throw wrong("the samples have no field that shows its type");
  const [problem] = columnProblems(columns);
  if (problem !== undefined)
    throw wrong(`the samples make no table: ${problem.path || "it"} ${problem.text}`);
  const fill = compileFill(columns, "reject", otherNames);
  for (const { place, data } of samples) {
    const reasons: Reason[] = [];
    fill(data, undefined, reasons);
    const [reason] = reasons;
    if (reason !== undefined) {
      const { pointer, rule, found } = reason;
      throw wrong(
        `${place}: no column takes ${pointer}: it is ${found}, not ${rule}; such an event is rejected`,
      );
    }
  }
  return { columns, notes };
}

interface At {
  /** With a dot at its end; empty at the top. */
  readonly above: string;
  readonly depth: number;
  /** At the top: columns of fields that are called like the envelope's. */
  readonly otherNames: ReadonlyMap<string, string>;
  readonly notes: string[];
}

function drafted(shape: Shape, at: At): readonly Column[] {
  const columns: Column[] = [];
  const taken = new Set([...at.otherNames.keys()].map((name) => name.toLowerCase()));
  for (const { keys, shape: inner } of shape.fields.values()) {
    const key = spelledKey([...keys]);
    const name = at.otherNames.get(key) ?? columnNameOf(key);
    const path = `${at.above}${name}`;
    const isTaken = taken.has(name.toLowerCase());
    if (isTaken || !isColumnName(name)) {
      const why = isTaken ? "another column has this name" : "it is no name for a column";
      at.notes.push(`${at.above}${key} is left out, ${why}: it will be in extra`);
      continue;
    }
    const column = draftColumn(name, inner, at, path);
    if (column === undefined) {
      at.notes.push(`${path} is left out, the samples do not show its type: it will be in extra`);
      continue;
    }
    taken.add(name.toLowerCase());
    columns.push(column);
  }
  return columns;
}

/** `undefined` when only null, `[]` or `{}` were seen: a type cannot be changed later. */
function draftColumn(name: string, shape: Shape, at: At, path: string): Column | undefined {
  const words = name.replaceAll(/[_-]+/g, " ").trim() || name;
  const description = `${DRAFT}${words}${at.above === "" ? "" : ` of ${at.above.slice(0, -1)}`}`;
  const json = (why: string): Column => {
    at.notes.push(`${path} is JSON: ${why}`);
    return { name, type: "JSON", description };
  };
  if (shape.kinds === 0) return undefined;
  if (shape.kinds > 1) return json("its values are of several kinds");
  if (shape.scalars > 0) {
    const type = shape.scalarType;
    return type === undefined ? json("its values have no type in common") : { name, type, description };
  }
  const { items } = shape;
  if (shape.arrays > 0) {
    if (shape.hasNullItems) return json("a REPEATED column holds no null");
    if (items === undefined || items.kinds === 0) return undefined;
    if (items.arrays > 0) return json("BigQuery has no arrays of arrays");
    const item = draftColumn(name, items, at, path);
    return item === undefined || item.type === "JSON" ? item : { ...repeated(item), description };
  }
  if (at.depth === LEVELS_MAX) return json(`BigQuery takes ${LEVELS_MAX} levels`);
  if (isMap(shape)) return json("its keys look like data, not like names of fields");
  const fields = drafted(shape, { ...at, above: `${path}.`, depth: at.depth + 1, otherNames: new Map() });
  return fields.length === 0 ? undefined : { name, type: "RECORD", description, fields };
}

function repeated({ name, type, fields, ...rest }: Column): Column {
  return { name, type, mode: "REPEATED", ...rest, ...(fields === undefined ? {} : { fields }) };
}

/** Fewer keys than that may well be fields that are often left out. */
const MAP_KEYS_MIN = 5;

/**
 * Labels, annotations, counts by image: an object whose keys are no names, or change from object to object (each in a
 * third of them at most) while their values are all of one type.
 */
function isMap({ fields, objects }: Shape): boolean {
  const all = [...fields.values()];
  if (all.some(({ keys }) => ![...keys].every(isColumnName))) return true;
  const types = new Set(all.map(({ shape }) => (shape.kinds === 1 ? shape.scalarType : undefined)));
  const isVaried = all.length >= MAP_KEYS_MIN && all.every(({ count }) => count * 3 <= objects);
  return isVaried && types.size === 1 && !types.has(undefined);
}

/** Of the spellings that fill one column, the one that can be its name. */
function spelledKey(keys: readonly string[]): string {
  return keys.find((key) => key !== lowerCamelCase(key)) ?? (keys[0] as string);
}

/**
 * `mediaType` fills `media_type`; where the snake case would not lead back to the key, as with `imageURL`, the key
 * itself is the name.
 */
function columnNameOf(key: string): string {
  const isPlainCamel = /^[a-z][A-Za-z0-9]*$/.test(key) && !/[A-Z]{2}/.test(key);
  const snake = key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return isPlainCamel && lowerCamelCase(snake) === key ? snake : key;
}

function wrong(message: string): PipelineError {
  return new PipelineError("CONFIG_INVALID", "never", message);
}
