/** How the bridge reads a message, and how long it waits. */
import { type MsgHdrs, headers as natsHeaders } from "@nats-io/transport-node";
import { describe, expect, test } from "vitest";
import { pauseMs } from "#services/nats-bridge/pause.ts";
import { toRequest } from "#services/nats-bridge/request.ts";
import { covers } from "#services/nats-bridge/subject.ts";

const data = Buffer.from('{"a":1}');

function headersOf(given: Record<string, string>): MsgHdrs {
  const headers = natsHeaders();
  for (const [name, value] of Object.entries(given)) headers.set(name, value);
  return headers;
}

describe("a message's mode", () => {
  test.for([
    ["no headers: structured", {}, "application/cloudevents+json"],
    ["a type of its own kind: structured", { "content-type": "text/plain" }, "application/cloudevents+json"],
    [
      "a batch stays one",
      { "Content-Type": "application/cloudevents-batch+json; charset=utf-8" },
      "application/cloudevents-batch+json; charset=utf-8",
    ],
    [
      "the content type says structured, whatever else is said twice",
      { "content-type": "Application/CloudEvents+json", "ce-id": "one" },
      "Application/CloudEvents+json",
    ],
  ] as const)("%s", ([, given, type]) => {
    const request = toRequest({ data, headers: headersOf(given) });
    expect(request).toEqual({ headers: { "content-type": type }, body: data });
  });

  test("binary without a content type is JSON", () => {
    const request = toRequest({ data, headers: headersOf({ "CE-ID": "one", other: "no" }) });
    expect(request.headers).toEqual({ "content-type": "application/json", "ce-id": "one" });
  });
});

test("a header that stands twice is named, whatever its spelling; others may stand as often as they like", () => {
  const given = natsHeaders();
  for (const [name, value] of [
    ["x-other", "1"],
    ["x-other", "2"],
    ["ce-id", "one"],
  ] as const)
    given.append(name, value);
  expect(toRequest({ data, headers: given }).repeated).toBeUndefined();
  given.append("Ce-Id", "one");
  expect(toRequest({ data, headers: given }).repeated).toBe("ce-id");
});

test("every value becomes a header that fetch takes, and what was encoded stays as it was", () => {
  for (const value of ["日本", "\u0000\u0007\t", "\ud800", "😀", "r%C3%A9po 100%", ""]) {
    const { headers } = toRequest({ data, headers: headersOf({ "ce-subject": value }) });
    expect(() => new Headers(headers)).not.toThrow();
  }
  const { headers } = toRequest({ data, headers: headersOf({ "ce-subject": "r%C3%A9po/é 😀" }) });
  expect(headers["ce-subject"]).toBe("r%C3%A9po/%C3%A9 %F0%9F%98%80");
});

test.for([
  ["zot.events", "zot.events", true],
  ["zot.events", "zot.other", false],
  ["zot.>", "zot.events", true],
  ["zot.>", "zot.a.b", true],
  ["zot.>", "zot", false],
  ["zot.*", "zot.events", true],
  ["zot.*", "zot.*", true],
  ["zot.*", "zot.>", false],
  ["zot.events", "zot.*", false],
  ["zot.*", "zot.a.b", false],
  ["*.events", "zot.events", true],
  [">", "*.>", true],
] as const)("%s covers %s: %s", ([wide, narrow, expected]) => {
  expect(covers(wide, narrow)).toBe(expected);
});

test("a pause grows to half a minute, and is never shorter than the receiver asks", () => {
  const longest = (tries: number) => pauseMs(tries, 0, () => 1);
  expect([1, 2, 3, 8, 9, 10_000].map(longest)).toEqual([200, 400, 800, 25_600, 30_000, 30_000]);
  expect(pauseMs(1, 5_000, () => 0)).toBe(5_000);
});
