/** Whether events of the archive have their row: exactly one, in the table of their type, and none in a second table. */
import type { Questioner } from "#services/shared/gcp/query.ts";
import { type KeyColumn, keyOf, RAW_TABLES, SENDER_KEY } from "#services/shared/schema/key.ts";
import { tableNameOf } from "#services/shared/schema/registry.ts";
import { type Misplaced, misplacedEvents, type Wanted, withoutRowIn } from "./key-statements.ts";
import type { Finding } from "./proof.ts";
import type { Times } from "./statements.ts";
import type { Tables } from "./tables.ts";

export interface Compared {
  readonly type: string;
  readonly wanted: Wanted;
  readonly times: Times;
  /** How many events, the same one counted as often as it is there. */
  readonly messages: number;
}

export interface KeySources {
  readonly dataset: string;
  readonly questioner: Questioner;
  readonly tables: Tables;
}

/**
 * @param isDeep also looks for second rows in the raw tables, which are then read for each type
 * @returns one finding for each kind of fault and type
 */
export async function compareKeys(
  sources: KeySources,
  compared: Compared,
  isDeep: boolean,
): Promise<readonly Finding[]> {
  const { type } = compared;
  const table = tableNameOf(type);
  const isRaw = RAW_TABLES.includes(table);
  if (!sources.tables.has(table)) {
    const detail = `in the archive, and there is no such table; ${mendOf(type, table, null)}`;
    return [{ fault: "event without row", type, what: table, messages: compared.messages, detail }];
  }
  const groups = await misplaced(sources, compared, { table, key: keyOf(type) }, isDeep && !isRaw);
  if (!isRaw) return groups.map((group) => findingOf(type, table, group));
  const findings: Finding[] = [];
  for (const group of groups) {
    const moved = group.ce_type === null ? undefined : tableNameOf(group.ce_type);
    if (group.own > 0 || moved === undefined || !sources.tables.has(moved))
      findings.push(findingOf(type, table, group));
    else {
      const wanted = withoutRowIn(table, compared.wanted, compared.times, group.ce_type ?? "");
      // A replay moves a row with its sender.
      const to = { table: moved, key: SENDER_KEY };
      const left = await misplaced(sources, { ...compared, wanted }, to, false);
      findings.push(...left.map((one) => findingOf(type, one.own === 0 ? table : moved, one)));
    }
  }
  return findings;
}

async function misplaced(
  { dataset, questioner, tables }: KeySources,
  { wanted, times }: Compared,
  { table, key }: { readonly table: string; readonly key: readonly KeyColumn[] },
  withRaw: boolean,
): Promise<readonly Misplaced[]> {
  const others = withRaw ? RAW_TABLES.filter((name) => tables.has(name)) : [];
  const keptSince = await tables.keptSince(table);
  const question = misplacedEvents(dataset, wanted, { table, key, others, times, keptSince });
  const groups: Misplaced[] = [];
  for await (const row of (await questioner.ask(question)).rows) groups.push(row as unknown as Misplaced);
  return groups;
}

function findingOf(type: string, table: string, group: Misplaced): Finding {
  const { own, elsewhere, events: messages, examples } = group;
  const common = { type, what: table, messages } as const;
  if (own === 0) {
    const other = elsewhere === null ? "" : `, though one in ${elsewhere}`;
    return {
      ...common,
      fault: "event without row",
      detail: `in the archive, and no row${other}: such as ${examples}; ${mendOf(type, table, group.received_at)}`,
    };
  }
  if (own > 1) return { ...common, fault: "event twice", detail: `more than one row: such as ${examples}` };
  return {
    ...common,
    fault: "event in two tables",
    detail: `a row here and one in ${elsewhere}: such as ${examples}; pullhouse replay --type ${type} takes the second away, if the event fits its schema now`,
  };
}

/** An event is archived on the day on which it is received, or later. */
function mendOf(type: string, table: string, receivedAt: string | null): string {
  if (RAW_TABLES.includes(table)) return "put the marks of their objects back (docs/operate/prove.md)";
  return `pullhouse replay --type ${type}${receivedAt === null ? "" : ` --from ${receivedAt.slice(0, 10)}`}`;
}
