/** A folder of schema files in a git repository of its own, for the command to check. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pullhouseHere as pullhouse, type Ran } from "../cli/run-command.ts";

export interface SchemaFolder {
  readonly root: string;
  readonly directory: string;
  write(file: string, content: unknown): void;
  remove(file: string): void;
  git(...args: readonly string[]): string;
  commit(): void;
  check(args?: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ran>;
  delete(): void;
}

const VIEW =
  "-- Events that did not fit.\n--\n-- id: Which.\nSELECT ce_id AS id FROM `{dataset}.rejected_events`\n";

/** Only what every folder must have; `git` is called for by the test that wants a history. */
export function schemaFolder(): SchemaFolder {
  const root = mkdtempSync(join(tmpdir(), "pullhouse-schemas-"));
  const directory = join(root, "some", "schemas");
  for (const kind of ["views", "rollups"]) mkdirSync(join(directory, kind), { recursive: true });
  for (const file of ["envelope", "loads", "unregistered_events", "rejected_events"])
    cpSync(join("schemas", `${file}.json`), join(directory, `${file}.json`));
  writeFileSync(join(directory, "views", "rejections.sql"), VIEW);
  // The settings of whoever runs the tests are left aside.
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
      cwd: root,
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  return {
    root,
    directory,
    git,
    write(file, content) {
      const text = typeof content === "string" ? content : JSON.stringify(content, undefined, 2);
      writeFileSync(join(directory, file), text);
    },
    remove: (file) => rmSync(join(directory, file)),
    commit() {
      git("add", "-A");
      git("commit", "--allow-empty", "-qm", "files");
    },
    check: (args = [], extra = {}) =>
      pullhouse(["schema", "check", ...args], { ...env, SCHEMAS_FOLDER: directory, ...extra }),
    delete: () => rmSync(root, { recursive: true, force: true }),
  };
}
