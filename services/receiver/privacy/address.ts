/** IP addresses as much or as little of them as the operator wants to keep. */
import { isIPv4, isIPv6 } from "node:net";

/** The names under which registries report the address of a client, letters alone and in lower case. */
const NAMES = new Set([
  "addr",
  "address",
  "clientip",
  "ip",
  "ipaddress",
  "remoteaddr",
  "remoteaddress",
  "xforwardedfor",
]);

export const isAddressName = (name: string) => NAMES.has(name.replaceAll(/[^A-Za-z]/g, "").toLowerCase());

/** A host name with or without a port: a registry's own place, not a client's address. */
const HOST_NAME = /^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::\d+)?$/;
const LETTER = /[A-Za-z]/;

/**
 * @param text one address or several with commas between, each with or without a port
 * @param keep what stays of one address; without it nothing does
 * @returns `null` when nothing is left
 */
export function scrubAddresses(text: string, keep: ((address: string) => string) | undefined): string | null {
  if (text === "" || (LETTER.test(text) && HOST_NAME.test(text))) return text;
  const kept = text.split(",").flatMap((part) => {
    const trimmed = part.trim();
    if (IS_KEPT.test(trimmed)) return [trimmed];
    const address = addressIn(trimmed);
    return address === undefined || keep === undefined ? [] : [keep(address)];
  });
  return kept.length === 0 ? null : kept.join(", ");
}

/** What this module has written itself. */
const IS_KEPT = /^(?:hmac:[0-9a-f]{32}|[0-9a-f.:]+\/(?:24|48))$/;

/** `0:0:0:0:0:ffff:255.255.255.255` in brackets, with a port and a zone, which is the name of a network interface. */
const ADDRESS_MAX = 100;

/** Without port, brackets and zone; an IPv4 address in IPv6's clothes is IPv4. `undefined` when it is no address. */
function addressIn(text: string): string | undefined {
  // A field may hold a million commas, and what is between them is nearly nothing.
  if (text.length < "::".length || text.length > ADDRESS_MAX) return undefined;
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? [];
  const [, dotted] = /^([0-9.]+)(?::\d+)?$/.exec(text) ?? [];
  const [withoutZone = ""] = (bracketed ?? dotted ?? text).split("%", 1);
  const bare = withoutZone.toLowerCase();
  const [, mapped] = /^::ffff:([0-9.]+)$/.exec(bare) ?? [];
  if (mapped !== undefined && isIPv4(mapped)) return mapped;
  return isIPv4(bare) || isIPv6(bare) ? bare : undefined;
}

/**
 * The network of 256 IPv4 addresses, or of the first 48 bits in IPv6: what Google Analytics, too, took for anonymous
 * (https://support.google.com/analytics/answer/2763052).
 */
export function networkOf(address: string): string {
  if (isIPv4(address)) return `${address.split(".").slice(0, 3).join(".")}.0/24`;
  const [head = "", tail] = address.split("::");
  const left = head.split(":").filter(Boolean);
  const right = tail?.split(":").filter(Boolean) ?? [];
  // A dotted end counts for two groups.
  const groups = [...left, ...right].reduce((sum, group) => sum + (group.includes(".") ? 2 : 1), 0);
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - groups }, () => "0");
  const first = [...left, ...zeros, ...right]
    .slice(0, 3)
    .map((group) => Number.parseInt(group, 16).toString(16));
  return `${first.join(":")}::/48`;
}
