/** `pullhouse schema check`: prints every problem of every file; the status says whether there is one. */

import { checkFolder, compareWith } from "#services/shared/schema/check.ts";
import type { Problem } from "#services/shared/schema/check-columns.ts";
import { readSchemaFiles } from "#services/shared/schema/check-files.ts";
import { problemLine } from "#services/shared/schema/registry.ts";
import type { Terminal } from "../terminal.ts";
import { filesAt } from "./history.ts";

/** Ends with status 1 when there is a problem; each is a line of the output. */
export async function check(terminal: Terminal, directory: string, against: string): Promise<void> {
  const files = readSchemaFiles(directory);
  const history = filesAt(directory, against);
  const compared =
    history.outcome === "files" ? compareWith(history.files, files) : { problems: [], notes: [] };
  const problems = [...checkFolder(files), ...compared.problems];
  if (history.outcome === "none") terminal.error(`not compared with the history: ${history.reason}\n`);
  for (const note of compared.notes) terminal.error(`note: ${problemLine(note)}\n`);
  for (const problem of sorted(problems)) await terminal.out(`${problemLine(problem)}\n`);
  const count = files.columns.size + files.unreadable.size;
  const compare = history.outcome === "files" ? `, compared with ${against}` : "";
  if (problems.length === 0) {
    await terminal.out(`${count} schema files are right${compare}\n`);
    return;
  }
  terminal.error(
    `${problems.length} ${problems.length === 1 ? "problem" : "problems"} in ${directory}${compare}\n`,
  );
  process.exitCode = 1;
}

function sorted(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((a, b) => a.file.localeCompare(b.file, "en"));
}
