/** `pullhouse forget`: one identity out of bucket and tables. */
import { Command } from "commander";
import { EnvReader } from "#services/shared/config.ts";
import { createQueue } from "#services/shared/gcp/pubsub.ts";
import { createRewriting } from "#services/shared/gcp/rewriting.ts";
import { readStagingDataset } from "#services/shared/staging-dataset.ts";
import { openWorkshop, type PlaceOptions, type Workshop } from "../archive/workshop.ts";
import { bringIn } from "../dead-letters/bring-in.ts";
import { bucketPlace, DEFAULT_DATASET, queuePlace, warehousePlace } from "../place.ts";
import { spin } from "../progress.ts";
import type { Terminal } from "../terminal.ts";
import { beyondReach } from "./beyond.ts";
import { searchBucket } from "./bucket.ts";
import { type Forgotten, forget } from "./forget.ts";
import { rollupNames } from "./rollups.ts";
import { objectLines, tableLines } from "./search.ts";
import { textTables } from "./tables.ts";
import { FORGOTTEN, termOf } from "./term.ts";

interface ForgetOptions extends PlaceOptions {
  readonly yes?: true;
}

const EXAMPLES = `
Examples:
  $ pullhouse forget ada@acme.example                # lists where it is: objects, lines, tables, rows
  $ pullhouse forget ada@acme.example --yes          # lists it, and takes it out
  $ pullhouse forget 203.0.113.77 --yes
  $ pullhouse forget 45a0c61ea6fd977f/a1b2c3d4 --yes # an identity's id

Wherever the text stands as a whole, in any text of any event, the word ${FORGOTTEN} takes its place: in every object of the
bucket (archive, quarantine, dead letters, spill, exports) and in every table of the dataset, those of \`replay --into\` and
the staging tables among them. Rows stay, so counts do not change. It reads the whole bucket and all text of all tables. It
works with your own rights: read and overwrite objects, pull dead letters, create jobs, edit the datasets. The pipeline
may run beside it, and it can be stopped and repeated. What no command reaches, and when that is gone, is said in the end.

Status: 0 when it is nowhere any more (or, without --yes, when it could be looked for), 1 when it stays somewhere.`;

export function forgetCommand(terminal: Terminal): Command {
  return new Command("forget")
    .summary("erase one identity from bucket and tables")
    .description("Erases an e-mail address, an address or an id from everything that is stored.")
    .argument("<text>", "as it stands in the events, at least four characters")
    .option("-y, --yes", "do it; without it, only the list is printed")
    .option("-p, --project <id>", "Google Cloud project")
    .option("-d, --dataset <name>", `dataset of the tables (default: ${DEFAULT_DATASET})`)
    .option("-b, --bucket <name>", "bucket of the objects (default: GCS_BUCKET)")
    .addHelpText("after", EXAMPLES)
    .action((text: string, options: ForgetOptions) => run(terminal, text, options));
}

const REQUEST_TIMEOUT_MS = 60_000;

async function run(terminal: Terminal, text: string, options: ForgetOptions): Promise<void> {
  const term = termOf(text);
  const { signal } = terminal;
  const workshop = openWorkshop(terminal, options);
  const bucket = bucketPlace(terminal.env, options);
  const warehouse = warehousePlace(terminal.env, options);
  const reader = new EnvReader(terminal.env);
  const staging = readStagingDataset(reader, warehouse.dataset);
  reader.done();
  const { registry } = workshop;
  const tables = () => textTables(warehouse, staging, registry.loads.name, rollupNames(workshop));

  const since = workshop.clock.now();
  const found = await searched(terminal, (onObject) =>
    searchBucket(term, workshop, { since: "", signal, onObject }),
  );
  const ended = spin("searching the tables", terminal);
  const inTables = await tables()
    .then((all) => tableLines(term, all, workshop, signal))
    .finally(ended);
  if (signal.aborted) return stopped(terminal);
  const places = [...objectLines(found), ...inTables];
  await terminal.out(
    places.length === 0 ? "it is nowhere in bucket and tables\n" : places.map((line) => `${line}\n`).join(""),
  );
  if (!options.yes && places.length > 0) await terminal.out("nothing was changed; --yes does it\n");

  if (options.yes) {
    await bringInDeadLetters(terminal, workshop, options);
    const rewrite = createRewriting({ ...bucket, requestTimeoutMs: REQUEST_TIMEOUT_MS });
    const onStep = (step: string) => spin(step, terminal);
    const forgotten = await forget(term, found, since, { workshop, rewrite, tables, signal, onStep });
    if (signal.aborted) return stopped(terminal);
    await report(terminal, forgotten);
  }
  const beyond = await beyondReach(warehouse, bucket);
  await terminal.out(`Out of reach, and when it is gone:\n${beyond.map((line) => `  ${line}\n`).join("")}`);
}

const stopped = (terminal: Terminal) => terminal.out("stopped; the same command goes on\n");

/** So often a line says how far it is, where no spinner does. */
const OBJECTS_SAID = 10_000;

async function searched<T>(terminal: Terminal, search: (onObject: () => void) => Promise<T>): Promise<T> {
  let objects = 0;
  const onObject = () => {
    objects += 1;
    if (!terminal.live && objects % OBJECTS_SAID === 0) terminal.error(`${objects} objects searched\n`);
  };
  return search(onObject).finally(spin("searching the bucket", terminal));
}

/** What Pub/Sub gave up is in a subscription or in Avro files: as objects of the bucket it can be redacted. */
async function bringInDeadLetters(
  terminal: Terminal,
  { store, list }: Workshop,
  options: ForgetOptions,
): Promise<void> {
  const { project, deadLetters: subscription, emulatorHost } = queuePlace(terminal.env, options);
  const queue = createQueue({
    project,
    subscription,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    ...(emulatorHost === undefined ? {} : { emulatorHost }),
  });
  try {
    await bringIn({ store, list, queue, warn: (text) => terminal.error(`${text}\n`) });
  } finally {
    await queue.close();
  }
}

async function report(terminal: Terminal, { objects, rows, staying }: Forgotten): Promise<void> {
  await terminal.out(`changed: ${objects} objects, ${rows} rows\n`);
  if (staying.length === 0) return terminal.out("it is nowhere in bucket and tables any more\n");
  process.exitCode = 1;
  await terminal.out(`it stays, or may stay, here:\n${staying.map((line) => `  ${line}\n`).join("")}`);
}
