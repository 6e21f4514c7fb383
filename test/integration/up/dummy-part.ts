/** Stands for a part of the pipeline: listens on PORT, answers with its process id, ends on SIGTERM. */
import { createServer } from "node:http";

if (process.env["FAILS"] === "yes") {
  console.error("the dummy has nothing to do");
  process.exit(3);
}
const server = createServer((request, response) => {
  response.end(JSON.stringify({ pid: process.pid, path: request.url }));
});
server.listen(Number(process.env["PORT"]), "127.0.0.1");
process.on("SIGTERM", () => {
  console.log("stopped");
  server.closeAllConnections();
  server.close();
});
