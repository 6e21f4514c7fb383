/** `pullhouse forget`: one identity out of tables and archive. */
import { Command } from "commander";
import { PipelineError } from "#services/shared/errors.ts";
import { createRewriting } from "#services/shared/gcp/rewriting.ts";
import { openWorkshop, type PlaceOptions, type Workshop } from "../archive/workshop.ts";
import { bucketPlace, DEFAULT_DATASET } from "../place.ts";
import { spin } from "../progress.ts";
import { bytesText } from "../query/price.ts";
import type { Terminal } from "../terminal.ts";
import { archivedTypes, findAside, findRows } from "./find.ts";
import { redact } from "./redact.ts";
import { FORGOTTEN, type Term, termOf } from "./term.ts";

interface ForgetOptions extends PlaceOptions {
  readonly yes?: true;
}

const EXAMPLES = `
Examples:
  $ pullhouse forget ada@acme.example                # says where it is: tables, rows, objects, bytes
  $ pullhouse forget ada@acme.example --yes          # takes it out
  $ pullhouse forget 203.0.113.77 --yes
  $ pullhouse forget 45a0c61ea6fd977f/a1b2c3d4 --yes # an identity's id

Wherever the text stands as a whole, in any field of any event, the word ${FORGOTTEN} takes its place, in the tables and in
the archive; the rows stay, so counts do not change. It reads the whole archive. It works with your own rights: read and
overwrite objects, create jobs, edit the dataset. It can be stopped and repeated. BigQuery's time travel keeps
what was there for seven days, and so does Cloud Storage's soft delete where it is on: docs/privacy.md.`;

export function forgetCommand(terminal: Terminal): Command {
  return new Command("forget")
    .summary("erase one identity from tables and archive")
    .description("Erases an e-mail address, an address or an id from everything that is stored.")
    .argument("<text>", "as it stands in the events, at least four characters")
    .option("-y, --yes", "do it; without it, only what would be done is said")
    .option("-p, --project <id>", "Google Cloud project")
    .option("-d, --dataset <name>", `dataset of the tables (default: ${DEFAULT_DATASET})`)
    .option("-b, --bucket <name>", "bucket of the objects (default: GCS_BUCKET)")
    .addHelpText("after", EXAMPLES)
    .action((text: string, options: ForgetOptions) => run(terminal, text, options));
}

/** Less would be found in half of all rows. */
const LENGTH_MIN = 4;
const REQUEST_TIMEOUT_MS = 60_000;

async function run(terminal: Terminal, text: string, options: ForgetOptions): Promise<void> {
  if (text.trim().length < LENGTH_MIN)
    throw new PipelineError("CONFIG_INVALID", "never", `the text needs at least ${LENGTH_MIN} characters`);
  const term = termOf(text.trim());
  const workshop = openWorkshop(terminal, options);
  const rewrite = createRewriting({
    ...bucketPlace(terminal.env, options),
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  let total = 0;
  for (const type of await archivedTypes(workshop)) {
    if (terminal.signal.aborted) break;
    total += await forgetType(terminal, type, term, workshop, options.yes ? rewrite : undefined);
  }
  for await (const name of findAside(term, workshop))
    await terminal.out(`also in ${name}: see \`pullhouse dead-letters\`\n`);
  if (terminal.signal.aborted) await terminal.out("stopped; the same command goes on\n");
  else if (total === 0) await terminal.out("it is in no archived row\n");
  else if (!options.yes) await terminal.out("nothing was changed; --yes does it\n");
}

/** @param rewrite missing in a dry run @returns how many archived rows have it */
async function forgetType(
  terminal: Terminal,
  type: string,
  term: Term,
  workshop: Workshop,
  rewrite: ReturnType<typeof createRewriting> | undefined,
): Promise<number> {
  const table = workshop.registry.tables.get(type);
  const stop = spin(`reading ${type}`, terminal);
  let objects = 0;
  let bytes = 0;
  let rows = 0;
  let updated = 0;
  try {
    for await (const found of findRows(type, term, workshop)) {
      if (terminal.signal.aborted) break;
      if (table === undefined)
        throw new PipelineError("CONFIG_INVALID", "never", `${type} has events and no schema file`);
      objects += 1;
      bytes += found.object.size;
      rows += found.changed.length;
      if (rewrite !== undefined) updated += await redact(found, table, workshop, rewrite);
    }
  } finally {
    stop();
  }
  if (rows === 0) return 0;
  const archive = `${rows} archived rows in ${objects} objects (${bytesText(bytes)})`;
  const done = rewrite === undefined ? "" : `, ${updated} rows of the table changed`;
  await terminal.out(`${table?.table}: ${archive}${done}\n`);
  return rows;
}
