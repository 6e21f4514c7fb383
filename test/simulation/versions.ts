/** The schema files of two versions side by side: the newer has one type more, and one column more of a type that both know. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Column } from "#services/shared/schema/column.ts";
import { loadRegistry, schemasFolder } from "#services/shared/schema/registry.ts";

export const PULL = "dev.chainguard.registry.pull.v1";
/** Unregistered in the older version. */
export const NEW_TYPE = "com.example.new";
/** A field of a pull, for which the older version has no column. */
export const NEW_COLUMN = "added";

const text = (name: string): Column => ({ name, type: "STRING", mode: "NULLABLE", description: "Text." });

function newerRegistry() {
  const folder = mkdtempSync(join(tmpdir(), "pullhouse-versions-"));
  try {
    cpSync(schemasFolder(), folder, { recursive: true });
    const pull = join(folder, `${PULL}.json`);
    const columns = JSON.parse(readFileSync(pull, "utf8")) as readonly Column[];
    writeFileSync(pull, JSON.stringify([...columns, text(NEW_COLUMN)]));
    writeFileSync(join(folder, `${NEW_TYPE}.json`), JSON.stringify([text("x")]));
    return loadRegistry(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const older = loadRegistry();
export const newer = newerRegistry();
