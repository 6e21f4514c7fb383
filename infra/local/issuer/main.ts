/** Runs the OIDC issuer as a process: `node infra/local/issuer/main.ts`. */
import { runStandIn } from "../stand-in.ts";
import { startIssuer } from "./start.ts";

await runStandIn("issuer", startIssuer, {
  portVariable: "PULLHOUSE_ISSUER_PORT",
  defaultPort: 8089,
  env: process.env,
});
