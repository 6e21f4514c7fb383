/** Puts a JSON object into columns: what fits becomes values, what is unknown is handed back, what is wrong is named. */
import { type Column, lowerCamelCase } from "../schema/column.ts";
import type { Misfits } from "../schema/registry.ts";
import { isNumber, isObject, type Json } from "./json.ts";
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

/** Adds to `reasons` what does not fit below `pointer`. */
export type Fill = (from: { readonly [key: string]: Json }, pointer: string, reasons: Reason[]) => Filled;

const RULE_KNOWN = "JSON of at most 64 levels, without NUL, lone surrogates or numbers that lose digits";

/**
 * Compiles the columns once, since every event of a type passes through here.
 * @param otherNames columns of fields that are called otherwise, by the field's name
 */
export function compileFill(
  columns: readonly Column[],
  misfits: Misfits,
  otherNames: ReadonlyMap<string, string> = new Map(),
): Fill {
  const byKey = new Map<string, CompiledColumn>();
  const compiled = columns.map((column) => compileColumn(column, misfits));
  for (const column of compiled) byKey.set(column.camelName, column);
  for (const column of compiled) byKey.set(column.name, column);
  for (const [key, name] of otherNames) {
    const column = byKey.get(name);
    if (column !== undefined) byKey.set(key, column);
  }
  const required = compiled.filter((column) => column.required);

  return (from, pointer, reasons) => {
    const values = newObject();
    let rest: JsonObject | undefined;
    const keep = (key: string, value: Json) => {
      rest ??= newObject();
      rest[key] = value;
    };
    for (const [key, value] of Object.entries(from)) {
      const column = byKey.get(key);
      // A column's name has nothing to escape.
      const at = `${pointer}/${column === undefined ? key.replaceAll("~", "~0").replaceAll("/", "~1") : key}`;
      const otherSpelling = column !== undefined && key !== column.name && Object.hasOwn(from, column.name);
      if (column === undefined || otherSpelling) {
        if (isCleanText(key) && isCleanJson(value, depthOf(at))) keep(key, value);
        else reasons.push({ pointer: at, rule: RULE_KNOWN, found: describe(value) });
      } else {
        const below = column.write(value, at, reasons);
        if (below.value !== undefined) values[column.name] = below.value;
        if (below.rest !== undefined) keep(key, below.rest);
      }
    }
    for (const { name } of required) {
      if (values[name] === undefined) {
        reasons.push({ pointer: `${pointer}/${name}`, rule: "a value, it is required", found: "nothing" });
      }
    }
    return { values, rest };
  };
}

interface Written {
  /** `undefined` leaves the column NULL. */
  readonly value?: Json;
  /** What has no column, at its place. */
  readonly rest?: Json | undefined;
}

type Write = (value: Json, pointer: string, reasons: Reason[]) => Written;

interface CompiledColumn {
  readonly name: string;
  readonly camelName: string;
  readonly required: boolean;
  readonly write: Write;
}

function compileColumn(column: Column, misfits: Misfits): CompiledColumn {
  const one = column.type === "RECORD" ? writeRecord(column, misfits) : writeScalar(column.type, misfits);
  return {
    name: column.name,
    camelName: lowerCamelCase(column.name),
    required: column.mode === "REQUIRED",
    write: column.mode === "REPEATED" ? writeRepeated(one, misfits) : writeOne(one),
  };
}

function writeOne(write: Write): Write {
  return (value, pointer, reasons) => (value === null ? {} : write(value, pointer, reasons));
}

function writeScalar(type: Exclude<Column["type"], "RECORD">, misfits: Misfits): Write {
  const convert = misfits === "keep" ? CONVERT_ANY[type] : CONVERT[type];
  return (value, pointer, reasons) => {
    const converted = convert(value);
    return converted === undefined
      ? misfit(misfits, RULES[type], value, pointer, reasons)
      : { value: converted };
  };
}

function writeRecord(column: Column, misfits: Misfits): Write {
  const fill = compileFill(column.fields ?? [], misfits);
  return (value, pointer, reasons) => {
    if (!isObject(value)) return misfit(misfits, "an object", value, pointer, reasons);
    const { values, rest } = fill(value, pointer, reasons);
    return { value: values, rest };
  };
}

/** A repeated column holds no NULL, and what its elements leave over is kept by their index. */
function writeRepeated(write: Write, misfits: Misfits): Write {
  return (value, pointer, reasons) => {
    if (value === null) return {};
    if (!Array.isArray(value)) return misfit(misfits, "an array", value, pointer, reasons);
    const values: Json[] = [];
    let rest: JsonObject | undefined;
    for (const [index, item] of (value as readonly Json[]).entries()) {
      const at = `${pointer}/${index}`;
      const below =
        item === null ? misfit(misfits, "a value in an array", item, at, reasons) : write(item, at, reasons);
      if (below.value !== undefined) values.push(below.value);
      if (below.rest !== undefined) {
        rest ??= newObject();
        rest[index] = below.rest;
      }
    }
    return { value: values, rest };
  };
}

function misfit(misfits: Misfits, rule: string, value: Json, pointer: string, reasons: Reason[]): Written {
  const isKept = misfits === "keep" && isCleanJson(value, depthOf(pointer));
  if (isKept) return { rest: value };
  reasons.push({ pointer, rule: misfits === "keep" ? RULE_KNOWN : rule, found: describe(value) });
  return {};
}

function depthOf(pointer: string): number {
  return pointer.split("/").length - 1;
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
