/**
 * What CloudEvents' own conformance suite asks of the HTTP binding and of the JSON format
 * (github.com/cloudevents/conformance: features/http-protocol-binding.feature, format/json), over HTTP.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestIssuer, type TestIssuer } from "#test/support/issuer.ts";
import { eventAt, startReceiver, type TestReceiver } from "#test/support/receiver.ts";

let issuer: TestIssuer;
let receiver: TestReceiver;

beforeAll(async () => {
  issuer = await startTestIssuer();
  receiver = await startReceiver({ issuer });
});
afterAll(async () => {
  await receiver.stop();
  await issuer.close();
});

async function send(body: string, headers: Record<string, string>) {
  const token = await issuer.token(Buffer.from(body));
  return receiver.post(body, { authorization: `Bearer ${token}`, ...headers });
}

type Attributes = Readonly<Record<string, unknown>>;

const structured = (event: Attributes) =>
  send(JSON.stringify(event), { "content-type": "application/cloudevents+json" });
const batched = (events: readonly unknown[]) =>
  send(JSON.stringify(events), { "content-type": "application/cloudevents-batch+json" });

/** The event that the queue has last, its data as text. */
function last() {
  const { data, ...attributes } = eventAt(receiver, -1).event;
  return { ...attributes, data: Buffer.from(data).toString() };
}

const ATTRIBUTES = {
  id: "1234-1234-1234",
  specversion: "1.0",
  type: "com.example.someevent",
  source: "/mycontext/subcontext",
  time: "2018-04-05T03:56:24Z",
};
const DATA = `{\n    "message": "Hello World!"\n}`;

describe("the HTTP binding", () => {
  test.each(["application/json", "application/json; charset=utf-8"])(
    "binary mode, %s",
    async (contentType) => {
      const headers = Object.entries(ATTRIBUTES).map(([name, value]) => [`ce-${name}`, value]);
      const answer = await send(DATA, { ...Object.fromEntries(headers), "content-type": contentType });
      expect(answer.status).toBe(202);
      expect(last()).toEqual({ ...ATTRIBUTES, datacontenttype: contentType, extensions: {}, data: DATA });
    },
  );

  test.each(["application/cloudevents+json", "application/cloudevents+json; charset=utf-8"])(
    "structured mode, %s",
    async (contentType) => {
      const event = `{"specversion":"1.0","type":"com.example.someevent","time":"2018-04-05T03:56:24Z",
        "id":"1234-1234-1234","source":"/mycontext/subcontext","datacontenttype":"application/json","data": ${DATA}}`;
      expect((await send(event, { "content-type": contentType })).status).toBe(202);
      expect(last()).toEqual({
        ...ATTRIBUTES,
        datacontenttype: "application/json",
        extensions: {},
        data: DATA,
      });
    },
  );

  test("batched mode, with several events, one and none", async () => {
    const before = receiver.published.length;
    const batch = ["1", "2", "3"].map((id) => ({ ...ATTRIBUTES, id, data: { id } }));
    expect((await batched(batch)).json).toEqual({ accepted: 3 });
    expect((await batched(batch.slice(0, 1))).json).toEqual({ accepted: 1 });
    expect((await batched([])).json).toEqual({ accepted: 0 });
    const ids = receiver.published.slice(before).map((message) => message.attributes["ce-id"]);
    expect(ids).toEqual(["1", "2", "3", "1"]);
    expect(last()).toEqual({ ...ATTRIBUTES, id: "1", extensions: {}, data: `{"id":"1"}` });
  });
});

const MINIMAL = {
  specversion: "1.0",
  id: "minimal",
  type: "io.cloudevents.test",
  source: "https://cloudevents.io",
};
const without = (name: keyof typeof MINIMAL) =>
  Object.fromEntries(Object.entries(MINIMAL).filter(([other]) => other !== name));

describe("events that the JSON format has as valid", () => {
  test.each<[string, Attributes, Attributes]>([
    ["the required attributes alone", {}, {}],
    [
      "optional attributes that are null",
      { datacontenttype: null, dataschema: null, subject: null, time: null },
      {},
    ],
    [
      "all attributes of the specification",
      { datacontenttype: "text/plain", dataschema: "https://cloudevents.io/dataschema", subject: "tests" },
      { datacontenttype: "text/plain", dataschema: "https://cloudevents.io/dataschema", subject: "tests" },
    ],
    [
      "a time with nanoseconds",
      { time: "2018-04-05T17:31:00.000000000Z" },
      { time: "2018-04-05T17:31:00.000000000Z" },
    ],
    [
      "a time east of Greenwich",
      { time: "2018-04-05T18:31:00+01:00" },
      { time: "2018-04-05T18:31:00+01:00" },
    ],
    [
      "a time west of Greenwich",
      { time: "2018-04-05T16:31:00-01:00" },
      { time: "2018-04-05T16:31:00-01:00" },
    ],
    ["a relative source", { source: "#fragment" }, { source: "#fragment" }],
    [
      "text as data",
      { datacontenttype: "text/plain", data: "Simple text" },
      { datacontenttype: "text/plain", data: "Simple text" },
    ],
    ["bytes as data", { data_base64: "eyAieHl6IjogMTIzIH0=" }, { data: `{ "xyz": 123 }` }],
    [
      "extensions of every type",
      { extinteger: 10, extboolean: true, exturiref: "//authority/path", extbinary: "TWE=" },
      {
        extensions: {
          extinteger: "10",
          extboolean: "true",
          exturiref: "//authority/path",
          extbinary: "TWE=",
        },
      },
    ],
  ])("%s", async (_name, given, expected) => {
    expect((await structured({ ...MINIMAL, ...given })).status).toBe(202);
    expect(last()).toEqual({ ...MINIMAL, extensions: {}, data: "", ...expected });
  });
});

describe("events that the JSON format has as invalid are 400 and leave nothing", () => {
  test.each<[string, Attributes]>([
    ...(["specversion", "id", "type", "source"] as const).flatMap((name): [string, Attributes][] => [
      [`without ${name}`, without(name)],
      [`with an empty ${name}`, { ...MINIMAL, [name]: "" }],
    ]),
    ...["lunchtime", "2018-04-05T18:31Z", "2018-04-05T18:31:00X", "2018-04-05T18:31:00+25:00"].map(
      (time): [string, Attributes] => [`at ${time}`, { ...MINIMAL, time }],
    ),
    ["a time zone of letters", { ...MINIMAL, time: "2018-04-05T18:31:00+xx:00" }],
    ["a time zone without minutes", { ...MINIMAL, time: "2018-04-05T18:31:00+05" }],
    ["of specification 0.9", { ...MINIMAL, specversion: "0.9" }],
    ["an id that is an object", { ...MINIMAL, id: { xyz: "abc" } }],
    ["an extension with capitals", { ...MINIMAL, MyExtension: "bad" }],
    ["an extension with a dot", { ...MINIMAL, "my.extension": "bad" }],
    ["both data and data_base64", { ...MINIMAL, data: "text", data_base64: "eyAieHl6IjogMTIzIH0=" }],
  ])("%s", async (_name, event) => {
    const before = receiver.published.length;
    expect((await structured(event)).status).toBe(400);
    expect((await batched([MINIMAL, event])).json).toMatchObject({ status: 400, index: 1 });
    expect(receiver.published).toHaveLength(before);
  });

  test("a batch with something else than an object", async () => {
    expect((await batched(["not an object", MINIMAL])).json).toMatchObject({ status: 400, index: 0 });
  });

  test("an attribute, or the data, that stands twice", async () => {
    const text = JSON.stringify(MINIMAL);
    for (const twice of [`"id":"other"`, `"data":{},"data":{}`]) {
      const answer = await send(`${text.slice(0, -1)},${twice}}`, {
        "content-type": "application/cloudevents+json",
      });
      expect(answer.json).toMatchObject({ status: 400, type: "urn:pullhouse:problem:not-a-cloudevent" });
    }
  });
});

/** Invalid to the letter, but what they mean is plain, and an event that is refused is lost. */
describe("events that the JSON format has as invalid and that are taken all the same", () => {
  test.each<[string, Attributes, Attributes]>([
    [
      "an empty optional attribute counts as left out",
      { subject: "", dataschema: "", datacontenttype: "" },
      {},
    ],
    ["a number as id is its digits", { id: 25 }, { id: "25" }],
    ["an unknown form of datacontenttype is kept", { datacontenttype: "xyz" }, { datacontenttype: "xyz" }],
  ])("%s", async (_name, given, expected) => {
    expect((await structured({ ...MINIMAL, ...given })).status).toBe(202);
    expect(last()).toEqual({ ...MINIMAL, extensions: {}, data: "", ...expected });
  });
});
