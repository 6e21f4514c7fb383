/** Prints what docs/operate/scale.md has to say: `node test/unit/scale/print.ts`; what it does not say has a + before it. */
import { readFileSync } from "node:fs";
import { flat } from "./figures.ts";
import { SAYS } from "./page.ts";

const page = flat(readFileSync("docs/operate/scale.md", "utf8"));
for (const text of SAYS) console.log(page.includes(flat(text)) ? text : text.replaceAll(/^/gm, "+ "));
