/** Puts a JSON object into columns: what fits becomes values, what is unknown is handed back, what is wrong is named. */
import type { Column } from "../schema/column.ts";
import type { Misfits } from "../schema/registry.ts";
import { isNumber, isObject, type Json } from "./json.ts";
import { columnsByKey } from "./keys.ts";
import { depthOf, type Place, reasonAt } from "./place.ts";
import type { Reason } from "./reason.ts";
import { CONVERT, CONVERT_ANY, isCleanJson, isCleanText, RULES } from "./value.ts";

/** A JSON object being built; without a prototype, so that a key `__proto__` is a key like any other. */
export type JsonObject = Record<string, Json>;

export function newObject(): JsonObject {
  return new Bare();
}

/** Of `Object.create(null)` V8 makes a hash table, which is slow to fill and to write as JSON. */
const Bare = function Bare() {} as unknown as new () => JsonObject;
Bare.prototype = Object.create(null);

interface Filled {
  readonly values: JsonObject;
  /** The fields without a column, at their places; `undefined` if there are none. */
  readonly rest: JsonObject | undefined;
}

/** Adds to `reasons` what does not fit in `from`, which stands at `place`. */
export type Fill = (
  from: { readonly [key: string]: Json },
  place: Place | undefined,
  reasons: Reason[],
) => Filled;

const RULE_KNOWN = "JSON of at most 64 levels, without NUL, lone surrogates or numbers that lose digits";

/**
 * Compiles the columns once, since every event of a type passes through here.
 * @param otherNames columns of fields that are called otherwise, by the field's name
 */
export function compileFill(
  columns: readonly Column[],
  misfits: Misfits,
  otherNames?: ReadonlyMap<string, string>,
): Fill {
  const compiled = new Map(columns.map((column) => [column, compileColumn(column, misfits)]));
  const byKey = new Map<string, CompiledColumn>();
  for (const [key, column] of columnsByKey(columns, otherNames))
    byKey.set(key, compiled.get(column) as CompiledColumn);
  const required = columns.filter(({ mode }) => mode === "REQUIRED");

  return (from, place, reasons) => {
    const values = newObject();
    let rest: JsonObject | undefined;
    for (const key of Object.keys(from)) {
      const value = from[key] as Json;
      const column = byKey.get(key);
      // One field is its column's, by its very name or else the first; another spelling of it is kept beside.
      const isColumn =
        column !== undefined &&
        (key === column.name || (values[column.name] === undefined && !Object.hasOwn(from, column.name)));
      const written = isColumn ? column.write(value, place, key, reasons) : keep(value, place, key, reasons);
      if (written instanceof Split) {
        rest ??= newObject();
        rest[key] = written.rest;
        if (isColumn && written.value !== undefined) values[column.name] = written.value;
      } else if (isColumn && written !== undefined) values[column.name] = written;
    }
    for (const { name } of required) {
      if (values[name] === undefined)
        reasons.push(reasonAt(place, name, "a value, it is required", "nothing"));
    }
    return { values, rest };
  };
}

/** A field's value that has no column, or not all of it. */
class Split {
  readonly value: Json | undefined;
  readonly rest: Json;

  constructor(value: Json | undefined, rest: Json) {
    this.value = value;
    this.rest = rest;
  }
}

/** What stands in the column, `undefined` leaving it NULL; split from what has no column, if there is such. */
type Written = Json | undefined | Split;

type Write = (value: Json, within: Place | undefined, key: string | number, reasons: Reason[]) => Written;

interface CompiledColumn {
  readonly name: string;
  readonly write: Write;
}

function compileColumn(column: Column, misfits: Misfits): CompiledColumn {
  const one = column.type === "RECORD" ? writeRecord(column, misfits) : writeScalar(column.type, misfits);
  return {
    name: column.name,
    write: column.mode === "REPEATED" ? writeRepeated(one, misfits) : one,
  };
}

function writeScalar(type: Exclude<Column["type"], "RECORD">, misfits: Misfits): Write {
  const convert = misfits === "keep" ? CONVERT_ANY[type] : CONVERT[type];
  return (value, within, key, reasons) =>
    value === null
      ? undefined
      : (convert(value) ?? misfit(misfits, RULES[type], value, within, key, reasons));
}

function writeRecord(column: Column, misfits: Misfits): Write {
  const fill = compileFill(column.fields ?? [], misfits);
  return (value, within, key, reasons) => {
    if (value === null) return undefined;
    if (!isObject(value)) return misfit(misfits, "an object", value, within, key, reasons);
    const { values, rest } = fill(value, { within, key }, reasons);
    return rest === undefined ? values : new Split(values, rest);
  };
}

/** A repeated column holds no NULL, and what its elements leave over is kept by their index. */
function writeRepeated(write: Write, misfits: Misfits): Write {
  return (value, within, key, reasons) => {
    if (value === null) return undefined;
    if (!Array.isArray(value)) return misfit(misfits, "an array", value, within, key, reasons);
    const place = { within, key };
    const values: Json[] = [];
    let rest: JsonObject | undefined;
    for (const [index, item] of (value as readonly Json[]).entries()) {
      const written =
        item === null
          ? misfit(misfits, "a value in an array", item, place, index, reasons)
          : write(item, place, index, reasons);
      if (written instanceof Split) {
        rest ??= newObject();
        rest[index] = written.rest;
        if (written.value !== undefined) values.push(written.value);
      } else if (written !== undefined) values.push(written);
    }
    return rest === undefined ? values : new Split(values, rest);
  };
}

function misfit(
  misfits: Misfits,
  rule: string,
  value: Json,
  within: Place | undefined,
  key: string | number,
  reasons: Reason[],
): Split | undefined {
  if (misfits === "keep") return keep(value, within, key, reasons);
  reasons.push(reasonAt(within, key, rule, describe(value)));
  return undefined;
}

/** Without a column, if it can be kept as JSON. */
function keep(
  value: Json,
  within: Place | undefined,
  key: string | number,
  reasons: Reason[],
): Split | undefined {
  if ((typeof key === "number" || isCleanText(key)) && isCleanJson(value, depthOf(within) + 1))
    return new Split(undefined, value);
  reasons.push(reasonAt(within, key, RULE_KNOWN, describe(value)));
  return undefined;
}

const FOUND_MAX = 100;

/** The kind of a value, with the value itself where it is short; the whole data is kept beside the reasons. */
export function describe(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && !isNumber(value)) return "an object";
  const text = JSON.stringify(value);
  const kind = typeof value === "object" ? "number" : typeof value;
  return text.length <= FOUND_MAX ? `${kind} ${text}` : `${kind} of ${text.length} characters`;
}
