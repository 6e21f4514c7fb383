/** Runs the Pub/Sub stand-in as a process: `node infra/local/pubsub/main.ts`. */
import { runStandIn } from "../stand-in.ts";
import { startPubSub } from "./start.ts";

await runStandIn("pubsub", startPubSub, {
  portVariable: "PULLHOUSE_PUBSUB_PORT",
  defaultPort: 8085,
  env: process.env,
});
