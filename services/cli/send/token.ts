/** Tokens for events, from an issuer that gives them to who may ask it: the local one. */
import { createHash } from "node:crypto";
import { PipelineError, reasonOf } from "#services/shared/errors.ts";

/**
 * The value of an `authorization` header for exactly these bytes.
 * @throws PipelineError ISSUER_UNAVAILABLE when the issuer does not answer or gives out no tokens
 */
export async function authorizationFor(issuer: string, group: string, body: Uint8Array): Promise<string> {
  const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
  let response: Response;
  try {
    response = await fetch(`${issuer}/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ group, digest }),
    });
  } catch (error) {
    const message = `no issuer answers at ${issuer}, so events cannot be signed: start the pipeline with \`make up\``;
    throw new PipelineError("ISSUER_UNAVAILABLE", "later", message, { cause: error });
  }
  const answer = await response.text();
  if (!response.ok) {
    const message = `the issuer ${issuer} gives no token (${response.status}); only the local one does`;
    throw new PipelineError("ISSUER_UNAVAILABLE", "never", message);
  }
  try {
    return `Bearer ${(JSON.parse(answer) as { token: string }).token}`;
  } catch (error) {
    const message = `the issuer ${issuer} answers something else than a token: ${reasonOf(error)}`;
    throw new PipelineError("ISSUER_UNAVAILABLE", "never", message, { cause: error });
  }
}
