/** `pullhouse forget`: one identity is gone from tables and archive, everything else is as it was. */
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { drain } from "#services/batcher/drain.ts";
import { load } from "#services/loader/load.ts";
import { toMessage } from "#services/shared/message.ts";
import { pullMessage } from "#test/support/pull-message.ts";
import {
  drainLimits,
  loadLimits,
  type StandInCloud,
  startStandInCloud,
} from "#test/support/stand-in-cloud.ts";
import { pullhouseHere as pullhouse } from "../cli/run-command.ts";

const never = new AbortController().signal;
const EMAIL = "ada@acme.example";
const PULLS = "dev_chainguard_registry_pull_v1";

let cloud: StandInCloud;
beforeEach(async () => {
  cloud = await startStandInCloud();
});
afterEach(() => cloud.close());

const run = (...args: string[]) => pullhouse(args, cloud.env);

const pullBy = (email: string, tag: string) =>
  `{"actor":{"act":{"email":"${email}"}},"body":{"repository":"a/b","tag":"${tag}","remote_address":"203.0.113.7"},"big":12345678901234567890,"note":"asked by ${email}"}`;

async function fill(): Promise<void> {
  await cloud.publish(pullMessage("hers", { data: pullBy(EMAIL, "x") }));
  await cloud.publish(pullMessage("hers", { data: pullBy(EMAIL, "x") }));
  await cloud.publish(pullMessage("loud", { data: pullBy(EMAIL.toUpperCase(), "x") }));
  await cloud.publish(pullMessage("others", { data: pullBy("bada@acme.example", "y") }));
  await cloud.publish(pullMessage("rejected", { data: `{"body":"${EMAIL}"}` }));
  await cloud.publish(
    toMessage(
      {
        id: "bytes",
        source: "s",
        type: "com.example.unknown",
        specversion: "1.0",
        subject: EMAIL,
        extensions: { actor: EMAIL },
        data: Buffer.from(`\xff${EMAIL}`, "latin1"),
      },
      { source: "test", receivedAt: Date.UTC(2026, 10, 20) },
    ),
  );
  // A pull may give nothing although there is something.
  let messages = 0;
  while (messages < 6) messages += (await drain(cloud.ports, drainLimits, never)).messages;
  await load(cloud.ports, loadLimits, never);
}

/** Everything that is stored, as text. */
async function stored(): Promise<string> {
  const [files] = await cloud.bucket.getFiles();
  const contents = await Promise.all(
    files.map(async (file) => {
      const [bytes] = await file.download({ decompress: false });
      return `${JSON.stringify(file.metadata)}${(file.name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1")}`;
    }),
  );
  const tables = await Promise.all(
    [PULLS, "rejected_events", "unregistered_events"].map((table) => cloud.query(`SELECT * FROM ${table}`)),
  );
  const base64 = [...contents.join().matchAll(/"data_base64":"([^"]*)"/g)].map(([, text = ""]) =>
    Buffer.from(text, "base64").toString("latin1"),
  );
  return JSON.stringify([contents, tables, base64]).toLowerCase();
}

/** Whatever is around what should not be there. */
const traces = async () =>
  [...(await stored()).matchAll(/.{60}(?<!b)ada@acme.example.{30}/g)].map(([text]) => text);

const rows = () => cloud.query<Record<string, unknown>>(`SELECT * FROM ${PULLS} ORDER BY ce_id`);

test("a dry run says where it is and changes nothing", async () => {
  await fill();
  const before = await stored();
  const { status, out } = await run("forget", EMAIL);
  expect(status).toBe(0);
  expect(out).toContain(`${PULLS}: 3 archived rows in 1 objects`);
  expect(out).toContain("rejected_events: 1 archived rows in 1 objects");
  expect(out).toContain("unregistered_events: 1 archived rows in 1 objects");
  expect(out).toContain("nothing was changed");
  expect(await stored()).toBe(before);
});

test("--yes takes it out, once and for all, and the books balance", async () => {
  await fill();
  const [others] = (await rows()).filter((row) => row["ce_id"] === "others");
  const { status, out } = await run("forget", EMAIL, "--yes");
  expect(out).toContain(`${PULLS}: 3 archived rows in 1 objects`);
  expect(out).toContain("2 rows of the table changed");
  expect(status).toBe(0);

  const after = await stored();
  expect(await traces()).toEqual([]);
  const found = await rows();
  expect(found.map((row) => row["ce_id"])).toEqual(["hers", "loud", "others"]);
  expect(found[0]).toMatchObject({ actor: { act: { email: "forgotten" } }, data_digest: null });
  // Numbers and everything else are to the letter.
  expect(after).toContain("12345678901234567890");
  expect(after).toContain("asked by forgotten");
  expect(found[2]).toEqual(others);

  const proof = await run("prove", "--since", "2h");
  expect(proof.status, proof.out).toBe(0);
  expect((await run("forget", EMAIL)).out).toContain("it is in no archived row");
  // A replay brings back what is left, and nothing more.
  await cloud.dropTable(PULLS);
  await run("replay", "--type", "dev.chainguard.registry.pull.v1");
  expect(await traces()).toEqual([]);
});

test("killed between the table and the object, the next one finds it again", async () => {
  await fill();
  const [file] = await cloud.ports.store.list("events/dev.chainguard.registry.pull.v1/", 1);
  const whole = await cloud.bucket.file(file as string).download({ decompress: false });
  const [metadata] = await cloud.bucket.file(file as string).getMetadata();
  expect(await run("forget", EMAIL, "--yes")).toMatchObject({ status: 0, error: "" });
  // The object as it was: the kill came before it was written.
  await cloud.bucket.file(file as string).save(whole[0], {
    resumable: false,
    metadata: { metadata: metadata.metadata ?? {} },
  });
  expect((await run("forget", EMAIL)).out).toContain("3 archived rows");
  expect((await run("forget", EMAIL, "--yes")).status).toBe(0);
  expect(await traces()).toEqual([]);
  expect((await run("prove", "--since", "2h")).status).toBe(0);
});

test("what is put aside is named, and is for a person to decide", async () => {
  await fill();
  await cloud.ports.store.create(
    "spill/one.json",
    Buffer.from(`{"data_base64":"${Buffer.from(EMAIL).toString("base64")}"}`),
    {
      contentType: "application/json",
    },
  );
  expect((await run("forget", EMAIL, "--yes")).out).toContain("also in spill/one.json");
});

test("an address is that address, not one that begins like it", async () => {
  await fill();
  expect((await run("forget", "203.0.113.7")).out).toContain("4 archived rows");
  expect((await run("forget", "203.0.113")).out).toContain("it is in no archived row");
  const { status, error } = await run("forget", "a.b");
  expect(error).toContain("at least 4 characters");
  expect(status).toBe(2);
});
