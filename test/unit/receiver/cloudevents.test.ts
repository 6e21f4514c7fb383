/** The parts of CloudEvents parsing that are easier to see without HTTP around them. */
import { expect, test } from "vitest";
import { isRfc3339, toEvent } from "#services/receiver/cloudevents/attributes.ts";
import { decodeHeaderValue } from "#services/receiver/cloudevents/header-value.ts";
import { modeOf } from "#services/receiver/cloudevents/parse.ts";
import { parseBatch, parseStructured } from "#services/receiver/cloudevents/structured.ts";

test.each([
  ["plain", "plain"],
  ["", ""],
  ["Euro%20%E2%82%AC", "Euro €"],
  ["%25", "%"],
  ["%2525", "%25"],
  ["100%", "100%"],
  ["%zz%20", "%zz "],
  ['"quoted"', "quoted"],
  ['"a\\"b\\\\c"', 'a"b\\c'],
  ['"%20"', " "],
  ['a"b', 'a"b'],
  ['"open', '"open'],
  ["Z\u00c3\u00bcrich", "Zürich"],
  ["Z\u00fcrich", "Zürich"],
  ["%C0%A0", undefined],
  ["%ED%A0%80", undefined],
  ["%FF", undefined],
])("the header value %j means %j", (value, meaning) => {
  expect(decodeHeaderValue(value)).toBe(meaning);
});

test.each([
  ["2025-04-23T00:37:47Z", true],
  ["2025-04-23t00:37:47.123456789z", true],
  ["2025-04-23 00:37:47+23:59", true],
  ["2024-02-29T00:00:00Z", true],
  ["2000-02-29T00:00:00Z", true],
  ["2016-12-31T23:59:60Z", true],
  ["1900-02-29T00:00:00Z", false],
  ["2025-02-29T00:00:00Z", false],
  ["2025-13-01T00:00:00Z", false],
  ["2025-00-01T00:00:00Z", false],
  ["2025-04-31T00:00:00Z", false],
  ["2025-04-23T24:00:00Z", false],
  ["2025-04-23T00:37:47", false],
  ["2025-04-23", false],
  ["20250423T003747Z", false],
  ["2025-04-23T00:37:47Z\n", false],
])("%j is a time of RFC 3339: %s", (text, is) => {
  expect(isRfc3339(text)).toBe(is);
});

test.each([
  ["application/json", "binary"],
  ["Application/JSON; charset=UTF-8", "binary"],
  ["text/json", "binary"],
  ["application/vnd.x+json", "binary"],
  ["application/cloudevents+json", "structured"],
  ["APPLICATION/CloudEvents+JSON;charset=utf-8", "structured"],
  ["application/cloudevents-batch+json", "batched"],
  ["application/cloudevents", undefined],
  ["text/plain", undefined],
  ["json", undefined],
  ["", undefined],
])("the content type %j announces %s", (type, mode) => {
  expect(modeOf(new Headers({ "content-type": type }))).toBe(mode);
});

test("an optional attribute that is empty counts as left out", () => {
  const attributes = new Map(
    Object.entries({ specversion: "1.0", id: "1", source: "s", type: "t", subject: "", time: "" }),
  );
  expect(toEvent(attributes, Buffer.of())).toMatchObject({
    event: { id: "1", source: "s", type: "t", specversion: "1.0", extensions: {} },
  });
  expect(toEvent(attributes, Buffer.of())).not.toHaveProperty("event.subject");
});

test("JSON that is nested without end is no CloudEvent, and no crash", () => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  expect(parseBatch(Buffer.from(deep), 10).outcome).toBe("malformed");
  const event = `{"specversion":"1.0","id":"1","source":"s","type":"t","data":${deep}}`;
  expect(parseStructured(Buffer.from(event)).outcome).toBe("malformed");
});

test("names that every object has are extensions like any other", () => {
  const event = parseStructured(
    Buffer.from(
      '{"specversion":"1.0","id":"1","source":"s","type":"t","constructor":"x","data":{"__proto__":1}}',
    ),
  );
  expect(event).toMatchObject({ event: { extensions: { constructor: "x" } } });
  expect(event.outcome === "event" && Buffer.from(event.event.data).toString()).toBe('{"__proto__":1}');
});
