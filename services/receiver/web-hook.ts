/**
 * The handshake by which a sender asks whether events are welcome, before it posts any
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md#4-abuse-protection).
 */
import type { RequestHeaders } from "./request-headers.ts";

const METHODS = "POST, OPTIONS";

/**
 * The permission is given at once, at any rate: it proves nothing about the sender, each event's credentials do.
 * `WebHook-Request-Callback` is therefore not needed, and an address that a stranger gives is never called.
 */
export function answerHandshake(headers: RequestHeaders): Response {
  const origin = headers.get("webhook-request-origin")?.trim();
  const allow = { allow: METHODS };
  if (!origin) return new Response(null, { status: 204, headers: allow });
  return new Response(null, {
    status: 200,
    headers: { ...allow, "webhook-allowed-origin": origin, "webhook-allowed-rate": "*" },
  });
}
