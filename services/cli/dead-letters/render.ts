/** Letters as a table for people, or as one JSON object per line. */
import Table from "cli-table3";
import { visible } from "../visible.ts";
import type { Letter, LetterBox } from "./letter.ts";

/** A table needs all rows for its widths. */
const ROWS_MAX = 1_000;
const REASON_SHOWN = 100;

export async function* listText(boxes: readonly LetterBox[], asJson: boolean): AsyncGenerator<string> {
  const letters: Letter[] = [];
  let more = 0;
  for (const box of boxes) {
    for await (const letter of box.list()) {
      if (asJson) yield `${JSON.stringify(letter)}\n`;
      else if (letters.length < ROWS_MAX) letters.push(letter);
      else more += 1;
    }
  }
  if (asJson) return;
  if (letters.length === 0) {
    yield "There are no dead letters, and nothing is in quarantine.\n";
    return;
  }
  const table = new Table({
    head: ["id", "kind", "type", "messages", "since", "reason"],
    colAligns: ["left", "left", "left", "right", "left", "left"],
    style: { head: [], border: [], compact: true },
  });
  table.push(...letters.map(rowOf));
  yield `${table.toString()}\n`;
  yield more === 0
    ? `${letters.length} in all\n`
    : `the first ${letters.length} of ${letters.length + more}\n`;
}

function rowOf({ id, kind, type, messages, at, reason }: Letter): string[] {
  const short = reason.length > REASON_SHOWN ? `${reason.slice(0, REASON_SHOWN)}…` : reason;
  const since = at === "" ? "" : `${at.slice(0, 16).replace("T", " ")} UTC`;
  return [id, kind, type, String(messages), since, short].map(visible);
}
