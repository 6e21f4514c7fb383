/** Runs the Cloud Tasks stand-in as a process: `node infra/local/tasks/main.ts`. */
import { runStandIn } from "../stand-in.ts";
import { startTasks } from "./start.ts";

await runStandIn("tasks", startTasks, {
  portVariable: "PULLHOUSE_TASKS_PORT",
  defaultPort: 8123,
  env: process.env,
});
