/** Types of the condensed descriptions of Google's APIs in `descriptions/`, which `condense.ts` writes. */

/** Scalars by their JSON form: https://protobuf.dev/programming-guides/json/ and Discovery's `format`. */
export type Scalar =
  | "any"
  | "boolean"
  | "bytes"
  | "date"
  | "double"
  | "duration"
  | "int32"
  | "int64"
  | "mask"
  | "string"
  | "time"
  | "uint32"
  | "uint64";

export type FieldType =
  | Scalar
  | { readonly ref: string }
  | { readonly enum: readonly string[] }
  | { readonly array: FieldType }
  | { readonly map: FieldType }
  | { readonly fields: Fields };

export type Fields = Readonly<Record<string, FieldType>>;

export interface MethodDescription {
  readonly verb: string;
  /** Template with `{name}` for one segment and `{+name}` for several, without a leading slash. */
  readonly path: string;
  /** By path parameter: the regular expression of its values. */
  readonly patterns: Readonly<Record<string, string>>;
  /** Besides those of the API. */
  readonly query: Fields;
  readonly request?: string;
  readonly response?: string;
}

export interface ApiDescription {
  /** For example `pubsub:v1`. */
  readonly id: string;
  readonly revision: string;
  /** For example `Cloud Pub/Sub API`. */
  readonly title: string;
  /** For example `pubsub.googleapis.com`. */
  readonly host: string;
  /** Parameters that every method takes. */
  readonly query: Fields;
  /** By id, for example `pubsub.projects.topics.create`. */
  readonly methods: Readonly<Record<string, MethodDescription>>;
  readonly schemas: Readonly<Record<string, FieldType>>;
}
