/** An OIDC issuer on this machine, in the place of Chainguard's https://issuer.enforce.dev. */
import { serveHttp } from "#services/shared/http.ts";
import { LOCAL_HOST, type StandIn, type StandInOptions, type StartStandIn } from "../stand-in.ts";
import { createIssuerApp, type IssuerState } from "./app.ts";
import { writeIssuer } from "./issuer-file.ts";
import { type Keys, loadOrCreateKeys, rotateKeys, signingKey } from "./keys.ts";

/** Keys survive restarts, so tokens do too as long as the port stays the same. */
export const startIssuer: StartStandIn = async ({ port, stateDir }: StandInOptions): Promise<StandIn> => {
  let state = await stateOf(await loadOrCreateKeys(stateDir));
  // One rotation after the other: two at once would each keep only its own key.
  let rotating: Promise<unknown> = Promise.resolve();
  let issuer = "";
  const app = createIssuerApp({
    issuer: () => issuer,
    state: () => state,
    now: () => Date.now(),
    rotate(algorithm) {
      const rotated = rotating.then(
        async () => (state = await stateOf(await rotateKeys(stateDir, state.keys, algorithm))),
      );
      // A rotation that failed is reported to its own caller; the next one starts all the same.
      rotating = rotated.catch(() => undefined);
      return rotated;
    },
  });
  const serving = await serveHttp(app, { host: LOCAL_HOST, port });
  issuer = `http://${LOCAL_HOST}:${serving.port}`;
  writeIssuer(stateDir, issuer);
  return { port: serving.port, close: () => serving.stop() };
};

async function stateOf(keys: Keys): Promise<IssuerState> {
  return { keys, signing: await signingKey(keys[0]) };
}
