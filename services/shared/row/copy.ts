/**
 * Data that stands as its row will have it is checked and copied in one pass, which costs a third of parsing it,
 * filling columns and writing them. It says nothing about other data: that is for `parse-json.ts` and `fill.ts`, which
 * define what becomes of anything, and with which a test compares this.
 */
import type { Column } from "../schema/column.ts";
import type { Misfits } from "../schema/registry.ts";
import { Cursor } from "./cursor.ts";
import { columnsByKey } from "./keys.ts";
import { CONVERT, CONVERT_ANY } from "./value.ts";

/**
 * @returns the columns as `Judgement` has them, or `undefined` unless the text is an object without spaces between its tokens, of known
 * fields, each once and fitting its column, none of them null, and strings without escapes that could be written otherwise
 */
export type Copy = (text: string) => string | undefined;

/** U+0000 to U+001F */
const CONTROL = /[^ -\uffff]/;

/** Goes over one value; `false` gives up. */
type Step = (cursor: Cursor) => boolean;

/** Compiles the columns once; the parameters are those of `compileFill`. */
export function compileCopy(
  columns: readonly Column[],
  misfits: Misfits,
  otherNames: ReadonlyMap<string, string>,
): Copy {
  const object = compileObject(columns, misfits, otherNames);
  return (text) => {
    if (CONTROL.test(text)) return undefined;
    const cursor = new Cursor(text);
    return object(cursor) && cursor.isAtEnd() ? cursor.copied() : undefined;
  };
}

/** A column, for both of its spellings. */
interface Target {
  readonly name: string;
  readonly isRequired: boolean;
  readonly step: Step;
  /** The number of the object in which it was last seen. */
  seenIn: number;
}

interface Key {
  /** As it stands before the value: `"repoId":`. */
  readonly token: string;
  /** What is written in its stead, if the column is called otherwise. */
  readonly renamed: string | undefined;
  readonly target: Target;
  /** What followed it last time: a sender's fields mostly come in the same order. */
  next: Key | undefined;
}

function compileObject(
  columns: readonly Column[],
  misfits: Misfits,
  otherNames?: ReadonlyMap<string, string>,
): Step {
  const targets = new Map(columns.map((column) => [column, targetOf(column, misfits)]));
  const keys = new Map<string, Key>();
  for (const [key, column] of columnsByKey(columns, otherNames)) {
    const renamed = key === column.name ? undefined : `"${column.name}":`;
    keys.set(key, { token: `"${key}":`, renamed, target: targets.get(column) as Target, next: undefined });
  }
  const required = [...targets.values()].filter(({ isRequired }) => isRequired);
  const first: Pick<Key, "next"> = { next: undefined };
  let objects = 0;

  return (cursor) => {
    const number = ++objects;
    const isComplete = () => required.every(({ seenIn }) => seenIn === number);
    if (!cursor.take("{")) return false;
    if (cursor.take("}")) return isComplete();
    let before = first;
    do {
      let key = before.next;
      if (key === undefined || !cursor.takes(key.token)) {
        key = keys.get(cursor.key());
        if (key === undefined || !cursor.takes(key.token)) return false;
        before.next = key;
      }
      const { target, renamed } = key;
      if (target.seenIn === number) return false;
      target.seenIn = number;
      if (renamed !== undefined) cursor.replace(key.token.length, renamed);
      if (!target.step(cursor)) return false;
      before = key;
    } while (cursor.take(","));
    return cursor.take("}") && isComplete();
  };
}

function targetOf(column: Column, misfits: Misfits): Target {
  const step =
    column.type === "RECORD" ? compileObject(column.fields ?? [], misfits) : scalar(column.type, misfits);
  return {
    name: column.name,
    isRequired: column.mode === "REQUIRED",
    step: column.mode === "REPEATED" ? repeated(step) : step,
    seenIn: 0,
  };
}

function repeated(step: Step): Step {
  return (cursor) => {
    if (!cursor.take("[")) return false;
    if (cursor.take("]")) return true;
    do {
      if (!step(cursor)) return false;
    } while (cursor.take(","));
    return cursor.take("]");
  };
}

function scalar(type: Exclude<Column["type"], "RECORD">, misfits: Misfits): Step {
  const convert = misfits === "keep" ? CONVERT_ANY[type] : CONVERT[type];
  return (cursor) => {
    const start = cursor.at;
    if (type === "STRING" && cursor.string()) return true;
    const value = cursor.scalar();
    const converted = value === undefined ? undefined : convert(value);
    if (converted === undefined) return false;
    cursor.replace(cursor.at - start, JSON.stringify(converted));
    return true;
  };
}
