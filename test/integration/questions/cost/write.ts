/** Writes the table of costs into docs/use/questions.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { BEGIN, costTable, DOCUMENT, END, openCosts } from "./table.ts";

const costs = await openCosts();
const [before = "", rest = ""] = readFileSync(DOCUMENT, "utf8").split(BEGIN);
const after = rest.slice(rest.indexOf(END));
writeFileSync(DOCUMENT, `${before}${BEGIN}\n${await costTable(costs)}\n${after}`);
costs.close();
