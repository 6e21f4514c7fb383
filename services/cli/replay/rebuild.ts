/** An archived row of an event without a table of its own, as the event that it was. */
import type { CloudEvent } from "#services/shared/event.ts";
import type { Receipt } from "#services/shared/message.ts";
import type { Reason } from "#services/shared/row/reason.ts";
import { FOREIGN_TYPE } from "#services/shared/type-owners.ts";

/** The columns of `unregistered_events` and `rejected_events`, as in a line of their objects. */
export interface RawRow {
  readonly ce_id: string;
  readonly ce_source: string;
  readonly ce_type: string;
  readonly ce_subject?: string;
  readonly ce_time?: string;
  readonly ce_specversion?: string;
  readonly ce_group?: string;
  readonly ce_actor?: string;
  readonly recipient_group?: string;
  readonly source?: string;
  readonly received_at?: string;
  readonly extra?: { readonly ce?: Readonly<Record<string, string>> };
  readonly content_type?: string;
  readonly data?: string;
  readonly data_base64?: string;
  readonly reasons?: readonly Reason[];
}

/** Whether the row is kept apart because its sender may not post its type: it never becomes a row of that type. */
export function isForeign(row: RawRow): boolean {
  return row.reasons?.some(({ rule }) => rule === FOREIGN_TYPE) ?? false;
}

/** What `toRow` took apart; a text that a STRING could not hold stays as it was escaped. */
export function eventOf(row: RawRow): { event: CloudEvent; receipt: Receipt } {
  const { dataschema, datacontenttype, time = row.ce_time, ...extensions } = row.extra?.ce ?? {};
  const type = row.content_type ?? datacontenttype;
  const event: CloudEvent = {
    id: row.ce_id,
    source: row.ce_source,
    type: row.ce_type,
    specversion: row.ce_specversion ?? "1.0",
    ...defined({ subject: row.ce_subject, time, dataschema, datacontenttype: type }),
    extensions: { ...extensions, ...defined({ group: row.ce_group, actor: row.ce_actor }) },
    data: row.data === undefined ? Buffer.from(row.data_base64 ?? "", "base64") : Buffer.from(row.data),
  };
  const receivedAt = Date.parse(row.received_at ?? "");
  const receipt: Receipt = {
    source: row.source ?? "unknown",
    receivedAt: Number.isNaN(receivedAt) ? 0 : receivedAt,
    ...defined({ recipientGroup: row.recipient_group }),
  };
  return { event, receipt };
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

function defined<T extends Record<string, string | undefined>>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
