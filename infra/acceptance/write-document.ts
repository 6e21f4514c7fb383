/** Writes docs/internals/assumptions.md. */
import { writeFileSync } from "node:fs";
import { ASSUMPTIONS } from "./assumptions/index.ts";
import { assumptionsDocument } from "./document.ts";

writeFileSync("docs/internals/assumptions.md", assumptionsDocument(ASSUMPTIONS));
