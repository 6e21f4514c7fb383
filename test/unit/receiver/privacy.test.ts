/** What is an address, what is an e-mail address, and what is left of them. */
import { expect, test } from "vitest";
import { networkOf, scrubAddresses } from "#services/receiver/privacy/address.ts";
import { scrubEmails } from "#services/receiver/privacy/email.ts";

test.each([
  ["203.0.113.77", "203.0.113.0/24"],
  ["203.0.113.77:41000", "203.0.113.0/24"],
  ["2001:db8:aa:bb::7", "2001:db8:aa::/48"],
  ["[2001:db8:aa:bb::7]:443", "2001:db8:aa::/48"],
  ["fe80::1%eth0", "fe80:0:0::/48"],
  ["::1", "0:0:0::/48"],
  ["::ffff:203.0.113.77", "203.0.113.0/24"],
  ["64:ff9b::203.0.113.77", "64:ff9b:0::/48"],
  ["203.0.113.77, 198.51.100.2", "203.0.113.0/24, 198.51.100.0/24"],
  ["203.0.113.0/24", "203.0.113.0/24"],
  ["registry.example.com:5000", "registry.example.com:5000"],
  ["localhost", "localhost"],
  ["203.0.113.777", null],
  ["somewhere near 203.0.113.77", null],
  ["", ""],
])("the network of %j", (text, expected) => {
  expect(scrubAddresses(text, networkOf)).toBe(expected);
});

test.each([
  ["ada@acme.example", "<>"],
  ["user:ada@acme.example, bob@b.co.uk.", "user:<>, <>."],
  ["<ada@acme.example>", "<<>>"],
  ["ada+tag@sub.acme.example/path", "<>/path"],
  ["ünï@exämple.de", "<>"],
  ["google-oauth2|117799", "google-oauth2|117799"],
  ["cgr.dev/image@sha256:0123", "cgr.dev/image@sha256:0123"],
  ["module@v1.2.3", "module@v1.2.3"],
  ["*@acme.example", "*@acme.example"],
  ["a@b", "a@b"],
  ["@acme.example", "@acme.example"],
  ["a@@b.example", "a@@b.example"],
])("e-mail addresses in %j", (text, expected) => {
  expect(scrubEmails(text, () => "<>")).toBe(expected);
});

test("a megabyte of what might begin an address takes no longer than any other", () => {
  const text = `${"a".repeat(1_000_000)}@${"b".repeat(1_000)}`;
  expect(scrubEmails(text.repeat(3), () => "")).toBe(text.repeat(3));
});
