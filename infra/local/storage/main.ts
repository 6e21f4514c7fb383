/** Runs the local Cloud Storage as a process. */
import { runStandIn } from "../stand-in.ts";
import { startStorage } from "./start.ts";

await runStandIn("storage", startStorage, {
  portVariable: "PULLHOUSE_STORAGE_PORT",
  defaultPort: 4443,
  env: process.env,
});
