/** Requests that are ready to be sent: each event with a token of its own, signed beforehand. */
import { readFileSync, writeFileSync } from "node:fs";
import { generateEvents } from "#services/cli/generate/generate.ts";
import { GROUP, type SigningKey, type TestIssuer } from "#test/support/issuer.ts";

/** Longer than any bench. */
const VALID_S = 6 * 3600;
/** WebCrypto signs on threads of its own; more at once only wait. */
const SIGNED_AT_ONCE = 32;

/** One HTTP request of a keep-alive connection, as bytes. */
export type RawRequest = Buffer;

export async function signTraffic(issuer: TestIssuer, key: SigningKey, count: number): Promise<RawRequest[]> {
  const events = generateEvents({ seed: "bench", group: GROUP, now: Date.now });
  const now = Math.floor(Date.now() / 1000);
  const requests: RawRequest[] = [];
  while (requests.length < count) {
    const batch = Array.from(
      { length: Math.min(SIGNED_AT_ONCE, count - requests.length) },
      () => events.next().value,
    );
    const signed = batch.map(async ({ headers, body }) => {
      const token = await issuer.token(body, { key, claims: { exp: now + VALID_S } });
      return rawRequest({ ...headers, authorization: `Bearer ${token}` }, body);
    });
    requests.push(...(await Promise.all(signed)));
  }
  return requests;
}

function rawRequest(headers: Readonly<Record<string, string>>, body: Buffer): RawRequest {
  const lines = Object.entries({ host: "receiver", ...headers, "content-length": body.length }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return Buffer.concat([Buffer.from(`POST / HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1"), body]);
}

export function tokenOf(request: RawRequest): string {
  const [, token = ""] = /authorization: Bearer (\S+)/.exec(request.toString("latin1")) ?? [];
  return token;
}

export function bodyOf(request: RawRequest): Buffer {
  return request.subarray(request.indexOf("\r\n\r\n") + 4);
}

/** Each request behind its length in four bytes. */
export function writeTraffic(file: string, requests: readonly RawRequest[]): void {
  const parts = requests.flatMap((request) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(request.length);
    return [length, request];
  });
  writeFileSync(file, Buffer.concat(parts));
}

export function readTraffic(file: string): RawRequest[] {
  const bytes = readFileSync(file);
  const requests: RawRequest[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at);
    requests.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return requests;
}
