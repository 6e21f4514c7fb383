/** Retry and drop: first every id is found, then something is done, so that a slip of the pen does nothing. */
import { PipelineError } from "#services/shared/errors.ts";
import type { AlarmName } from "#services/shared/ports.ts";
import type { Terminal } from "../terminal.ts";
import type { Desk } from "./desk.ts";
import type { Letter, LetterBox } from "./letter.ts";

interface Found {
  readonly box: LetterBox;
  readonly letter: Letter;
}

/**
 * @param all every letter, in place of ids
 * @param really otherwise only what would be done is said
 * @throws PipelineError CONFIG_INVALID when an id is not there, or when a drop is not confirmed
 */
export async function act(
  terminal: Terminal,
  desk: Desk,
  what: "retry" | "drop",
  ids: readonly string[],
  all: boolean,
  really: boolean,
): Promise<void> {
  if (all === ids.length > 0) throw wrong("name the ids, or --all for every one");
  const found = await find(desk.boxes, all ? undefined : new Set(ids));
  if (!really) {
    for (const { letter } of found) await terminal.out(`would ${sentence(what, letter)}\n`);
    if (what === "drop") throw wrong("nothing was dropped: add --yes to do it");
    return;
  }
  const kinds = new Set<Letter["kind"]>();
  for (const { box, letter } of found) {
    if (terminal.signal.aborted) return;
    const done = what === "retry" ? await box.retry(letter.id) : (await box.drop(letter.id)) && "dropped";
    kinds.add(letter.kind);
    await terminal.out(`${letter.id}: ${done || "gone in the meantime"}\n`);
  }
  if (what === "retry") await wake(terminal, desk, kinds);
}

function sentence(what: "retry" | "drop", { id, kind, type, messages, reason }: Letter): string {
  const count = `${messages} message${messages === 1 ? "" : "s"}`;
  if (kind === "unreadable") return `${what} ${id}: ${reason}`;
  const copy = kind === "object" ? "the archive below events/ keeps them" : "there is no other copy";
  return `${what} ${id}: ${count} of ${type}${what === "drop" ? `; ${copy}` : ""}`;
}

/** All letters are gone through once, whatever the number of ids. */
async function find(
  boxes: readonly LetterBox[],
  ids: ReadonlySet<string> | undefined,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const box of boxes) {
    for await (const letter of box.list()) if (ids?.has(letter.id) !== false) found.push({ box, letter });
  }
  const missing = [...(ids ?? [])].filter((id) => !found.some(({ letter }) => letter.id === id));
  if (missing.length > 0)
    throw wrong(`there is no ${missing.join(", ")}; \`pullhouse dead-letters list\` lists what there is`);
  return found;
}

/** What was put back would else wait for the next event's alarm or the safety net: safe, but late. */
async function wake(terminal: Terminal, desk: Desk, kinds: ReadonlySet<Letter["kind"]>): Promise<void> {
  const isUnknown = kinds.has("unreadable");
  const services: AlarmName[] = [];
  if (kinds.has("message") || isUnknown) services.push("drain");
  if (kinds.has("object") || isUnknown) services.push("load");
  for (const name of services) {
    const why = await desk.wake(name);
    if (why !== undefined)
      terminal.error(
        `the alarm "${name}" is not set (${why}): the next event sets it, or the safety net within six hours\n`,
      );
  }
}

function wrong(message: string): PipelineError {
  return new PipelineError("CONFIG_INVALID", "never", message);
}
