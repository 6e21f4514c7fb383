/** A CloudEvent 1.0, its data as the bytes that arrived. */

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#context-attributes */
export interface CloudEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly specversion: string;
  readonly subject?: string | undefined;
  /** RFC 3339, as the sender wrote it. */
  readonly time?: string | undefined;
  readonly dataschema?: string | undefined;
  readonly datacontenttype?: string | undefined;
  /** Extension attributes by name (lower case letters and digits), in CloudEvents' string form. */
  readonly extensions: Readonly<Record<string, string>>;
  readonly data: Uint8Array;
}
