/** https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata: list. */
import type { Hono } from "hono";
import type { Context } from "../context.ts";
import { quoted } from "../database.ts";
import { invalid } from "../errors.ts";
import { dropExpiredPartitions } from "../expiration.ts";
import { countRows } from "../query/bytes.ts";
import { fieldsOf, sqlName } from "../store/tables.ts";
import { fullName } from "../table-name.ts";
import { requireTable } from "../tables.ts";
import { readPage } from "../wire-rows.ts";
import { formatOf } from "./queries.ts";
import { etagOf, pageToken, readPageRequest } from "./requests.ts";

export function tabledataRoutes(app: Hono, context: Context): void {
  const { database } = context;
  app.get("/projects/:project/datasets/:dataset/tables/:table/data", async (call) => {
    const { project, dataset, table } = call.req.param();
    const selected = call.req.query("selectedFields")?.split(",");
    const page = readPageRequest(call);
    const row = await database.session((session) => requireTable(session, project, { dataset, table }));
    await dropExpiredPartitions(context, [row]);
    const answer = await database.session(async (session) => {
      if (row.kind === "VIEW") throw invalid(`Cannot list a table of type VIEW: ${fullName(project, row)}`);
      const fields = fieldsOf(row).filter((field) => selected === undefined || selected.includes(field.name));
      if (fields.length === 0) return { totalRows: "0" };
      const total = await countRows(session, row);
      const source = `(SELECT ${fields.map(({ name }) => quoted(name)).join(", ")} FROM ${sqlName(row)})`;
      const { rows, next } = await readPage(session, source, fields, { ...page, total }, formatOf(call));
      return {
        totalRows: String(total),
        ...(rows.length === 0 ? {} : { rows }),
        ...(next === undefined ? {} : { pageToken: pageToken(next) }),
      };
    });
    return call.json({ kind: "bigquery#tableDataList", etag: etagOf(answer), ...answer });
  });
}
