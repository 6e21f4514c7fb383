/** Plain values and types as GoogleSQL's protocol buffers (`value.proto`, `type.proto`), both ways. */
import {
  type ColumnType,
  dateText,
  floatText,
  isoMicros,
  isoText,
  jsonText,
  numericText,
  type ScalarKind,
  type Value,
} from "./values.ts";

const KINDS: Readonly<Record<ScalarKind, string>> = {
  BOOL: "TYPE_BOOL",
  INT64: "TYPE_INT64",
  FLOAT64: "TYPE_DOUBLE",
  NUMERIC: "TYPE_NUMERIC",
  STRING: "TYPE_STRING",
  BYTES: "TYPE_BYTES",
  DATE: "TYPE_DATE",
  TIME: "TYPE_TIME",
  DATETIME: "TYPE_DATETIME",
  TIMESTAMP: "TYPE_TIMESTAMP",
  JSON: "TYPE_JSON",
};

export interface TypeProto {
  readonly type_kind: string;
  readonly array_type?: { readonly element_type: TypeProto } | null;
  readonly struct_type?: {
    readonly field: readonly { readonly field_name: string; readonly field_type: TypeProto }[];
  } | null;
}

export type ValueProto = Readonly<Record<string, unknown>>;

export function toTypeProto(type: ColumnType): TypeProto {
  if (type.kind === "ARRAY") {
    return { type_kind: "TYPE_ARRAY", array_type: { element_type: toTypeProto(type.element) } };
  }
  if (type.kind !== "STRUCT") return { type_kind: KINDS[type.kind] };
  const field = type.fields.map(({ name, type }) => ({ field_name: name, field_type: toTypeProto(type) }));
  return { type_kind: "TYPE_STRUCT", struct_type: { field } };
}

export function fromTypeProto(proto: TypeProto): ColumnType {
  if (proto.type_kind === "TYPE_ARRAY" && proto.array_type) {
    return { kind: "ARRAY", element: fromTypeProto(proto.array_type.element_type) };
  }
  if (proto.type_kind === "TYPE_STRUCT" && proto.struct_type) {
    const fields = proto.struct_type.field.map((field, at) => ({
      // The API of BigQuery shows a field without a name so.
      name: field.field_name === "" ? `_field_${at + 1}` : field.field_name,
      type: fromTypeProto(field.field_type),
    }));
    return { kind: "STRUCT", fields };
  }
  const found = Object.entries(KINDS).find(([, kind]) => kind === proto.type_kind);
  if (found === undefined) throw new Error(`no BigQuery type for ${proto.type_kind}`);
  return { kind: found[0] as ScalarKind };
}

export function toValueProto(value: Value, type: ColumnType): ValueProto {
  if (value === null) return {};
  if (type.kind === "ARRAY") {
    const element = (value as readonly Value[]).map((each) => toValueProto(each, type.element));
    return { array_value: { element } };
  }
  if (type.kind === "STRUCT") {
    const values = value as readonly Value[];
    return {
      struct_value: { field: type.fields.map((each, at) => toValueProto(values[at] ?? null, each.type)) },
    };
  }
  const text = String(value);
  switch (type.kind) {
    case "BOOL":
      return { bool_value: value };
    case "INT64":
      return { int64_value: text };
    case "FLOAT64":
      return { double_value: Number(text) };
    case "NUMERIC":
      return { numeric_value: numericBytes(text) };
    case "STRING":
      return { string_value: text };
    case "BYTES":
      return { bytes_value: Buffer.from(text, "hex") };
    case "DATE":
      return { date_value: Date.parse(`${text}T00:00:00Z`) / 86_400_000 };
    case "DATETIME":
      return { datetime_value: datetimeProto(text) };
    case "TIMESTAMP":
      return { timestamp_value: timestampProto(text) };
    case "JSON":
      return { json_value: text };
    case "TIME":
      throw new Error("no TIME in the test tables");
    default:
      throw new Error(`no value of the type ${String(type satisfies never)}`);
  }
}

/** The oneof field tells the type, `value` its name; none is NULL. */
export function fromValueProto(proto: ValueProto, type: ColumnType): Value {
  const field = proto["value"];
  if (typeof field !== "string") return null;
  const held = proto[field];
  if (type.kind === "ARRAY") {
    const { element } = held as { element: readonly ValueProto[] };
    return element.map((each) => fromValueProto(each, type.element));
  }
  if (type.kind === "STRUCT") {
    const fields = (held as { field: readonly ValueProto[] }).field;
    return type.fields.map((each, at) => fromValueProto(fields[at] ?? {}, each.type));
  }
  switch (type.kind) {
    case "BOOL":
      return held === true;
    case "FLOAT64":
      return floatText(Number(held));
    case "NUMERIC":
      return numericText(signedLittleEndian(held as Buffer));
    case "BYTES":
      return Buffer.from(held as Buffer).toString("hex");
    case "DATE":
      return dateText(Number(held));
    case "DATETIME":
      return fromDatetimeProto(held as { bit_field_datetime_seconds: string; nanos: number });
    case "TIMESTAMP": {
      const { seconds, nanos } = held as { seconds: string; nanos: number };
      return `${isoText(BigInt(seconds) * 1_000_000n + BigInt(Math.floor(nanos / 1000)))}Z`;
    }
    case "JSON":
      return jsonText(String(held));
    case "INT64":
    case "STRING":
      return String(held);
    case "TIME":
      throw new Error("no TIME in the catalogue");
    default:
      throw new Error(`no value of the type ${String(type satisfies never)}`);
  }
}

/** Year, month, day, hour, minute, second in 14, 4, 5, 5, 6 and 6 bits (civil_time.h). */
function datetimeProto(text: string) {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = text.split(/[-T:.]/).map(Number);
  const packed = [month, day, hour, minute, second].reduce(
    (bits, part, at) => (bits << [4n, 5n, 5n, 6n, 6n][at]!) | BigInt(part),
    BigInt(year),
  );
  return { bit_field_datetime_seconds: String(packed), nanos: Number(text.split(".")[1] ?? "0") * 1000 };
}

function fromDatetimeProto(proto: { bit_field_datetime_seconds: string; nanos: number }): string {
  let bits = BigInt(proto.bit_field_datetime_seconds);
  const take = (width: bigint): string => {
    const part = bits & ((1n << width) - 1n);
    bits >>= width;
    return String(part).padStart(2, "0");
  };
  const [second, minute, hour, day, month] = [take(6n), take(6n), take(5n), take(5n), take(4n)];
  const micros = String(Math.floor(proto.nanos / 1000)).padStart(6, "0");
  return `${String(bits).padStart(4, "0")}-${month}-${day}T${hour}:${minute}:${second}.${micros}`;
}

function timestampProto(text: string) {
  const micros = isoMicros(text);
  const within = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  return { seconds: String((micros - within) / 1_000_000n), nanos: Number(within) * 1000 };
}

/** NUMERIC travels as billionths: two's complement, least byte first, as short as possible. */
function numericBytes(text: string): Buffer {
  const [whole = "0", fraction = ""] = text.replace("-", "").split(".");
  const size = BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
  let rest = BigInt.asUintN(128, text.startsWith("-") ? -size : size);
  const bytes = Array.from({ length: 16 }, () => {
    const byte = Number(rest & 255n);
    rest >>= 8n;
    return byte;
  });
  const filler = text.startsWith("-") ? 255 : 0;
  while (bytes.length > 1 && bytes.at(-1) === filler && ((bytes.at(-2) ?? 0) & 128) === (filler & 128))
    bytes.pop();
  return Buffer.from(bytes);
}

function signedLittleEndian(bytes: Buffer): bigint {
  let value = 0n;
  for (const byte of Buffer.from(bytes).reverse()) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(bytes.length * 8, value);
}
