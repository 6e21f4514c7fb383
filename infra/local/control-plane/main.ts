/** Runs the local control plane as a process. */
import { runStandIn } from "../stand-in.ts";
import { startControlPlane } from "./start.ts";

await runStandIn("control-plane", startControlPlane, {
  portVariable: "PULLHOUSE_CONTROL_PLANE_PORT",
  defaultPort: 8090,
  env: process.env,
});
