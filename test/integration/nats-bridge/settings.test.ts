/** How the bridge finds its server and its stream, and what it says when it cannot. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startNatsServer } from "#test/support/nats-server.ts";
import { PATIENCE, startBridge } from "./bridge-process.ts";
import { event, MISSING, type Scene, SUBJECT, startScene, WHY_SKIPPED } from "./scene.ts";

const ON_CORE = "forwards what core NATS delivers";
const ON_STREAM = "forwards what a stream holds";

let scene: Scene;

test("wrong settings: one line each, and none of the secrets", async () => {
  const refused = startBridge({
    NATS_URL: "nats://user:secret@127.0.0.1",
    NATS_USER: "somebody",
    NATS_JETSTREAM: "never",
    NATS_STREAM: "zot",
    RECEIVER_URL: "http://127.0.0.1:8080/zot",
    ZOT_TOKEN: "",
  });
  expect(await refused.exited()).toBe(2);
  expect(refused.errors.map((line) => line.split(" ")[1])).toEqual([
    "NATS_URL",
    "NATS_PASSWORD",
    "ZOT_TOKEN,",
    "NATS_STREAM",
  ]);
  expect(refused.errors.join("\n")).not.toContain("secret");
});

describe.skipIf(MISSING)(`the bridge and its nats-server${WHY_SKIPPED}`, () => {
  beforeEach(async () => {
    scene = await startScene();
  });
  afterEach(() => scene.end());

  test("it waits for a stream that must be there", async () => {
    const waiting = scene.bridge({ NATS_STREAM: "zot" });
    await waiting.logged("JetStream does not answer");
    await scene.addStream();
    expect(await waiting.logged(ON_STREAM)).toMatchObject({ severity: "INFO" });
  });

  test("a stream is not asked for where it must not be", async () => {
    await scene.addStream();
    const { severity } = await scene.bridge({ NATS_JETSTREAM: "never" }).logged(ON_CORE);
    expect(severity).toBe("INFO");
  });

  test("a server without JetStream is core NATS", async () => {
    const plain = await startNatsServer();
    try {
      const { severity } = await scene.bridge({ NATS_URL: plain.url }).logged(ON_CORE);
      expect(severity).toBe("INFO");
    } finally {
      await plain.remove();
    }
  });

  test("a subject that no one stream captures as a whole is refused, unless one is named", async () => {
    await scene.addStream("zot", "zot.events");
    await scene.addStream("other", "zot.other");
    const refused = scene.bridge({ NATS_SUBJECT: "zot.*" });
    expect(await refused.exited()).toBe(2);
    expect(refused.errors.join("\n")).toContain("set NATS_STREAM");
    await scene.bridge({ NATS_SUBJECT: "zot.*", NATS_STREAM: "zot" }).logged(ON_STREAM);
    await scene.publish("one");
    await expect.poll(scene.arrived, PATIENCE).toEqual(new Set(["one"]));
  });

  test.for([
    ["of another subject", { filter_subject: "zot.other", ack_policy: "explicit" }],
    ["that acknowledges nothing", { filter_subject: SUBJECT, ack_policy: "none" }],
    ["that gives up", { filter_subject: SUBJECT, ack_policy: "explicit", max_deliver: 5 }],
    ["that pushes", { filter_subject: SUBJECT, ack_policy: "explicit", deliver_subject: "somewhere" }],
  ] as const)("a consumer %s is not touched", async ([, settings]) => {
    await scene.addStream();
    const manager = await jetstreamManager(scene.zot);
    await manager.consumers.add("zot", { durable_name: "pullhouse", ...settings });
    const refused = scene.bridge();
    expect(await refused.exited()).toBe(2);
    expect(refused.errors.join("\n")).toContain("set NATS_DURABLE");
  });

  test("a server that refuses the subscription is asked again", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pullhouse-bridge-"));
    const file = join(folder, "nats.conf");
    const allow = (subject: string) =>
      writeFileSync(
        file,
        `authorization { users [ { user: zot, password: zot, permissions: { subscribe: "${subject}" } } ] }`,
      );
    allow("nothing");
    const strict = await startNatsServer(["--config", file]);
    try {
      const variables = { NATS_USER: "zot", NATS_PASSWORD: "zot", NATS_JETSTREAM: "never" };
      const running = scene.bridge({ NATS_URL: strict.url, ...variables });
      expect(await running.logged("cannot subscribe")).toMatchObject({ severity: "ERROR" });
      expect(running.logs.map(({ message }) => message)).not.toContain(ON_CORE);
      await strict.kill();
      allow(">");
      await strict.start();
      expect(await running.logged(ON_CORE)).toMatchObject({ severity: "INFO" });
    } finally {
      await strict.remove();
      rmSync(folder, { recursive: true });
    }
  });

  test("a server that is not there yet, and one that does not know the user yet, are waited for", async () => {
    const options = ["--user", "zot", "--pass", "before"];
    const server = await startNatsServer(options);
    try {
      await server.kill();
      const variables = { NATS_URL: server.url, NATS_USER: "zot", NATS_PASSWORD: "secret-now" };
      const running = scene.bridge(variables);
      await running.logged("not connected");
      await server.start();
      const refusal = () => running.logs.some(({ reason }) => /authorization/i.test(String(reason)));
      await expect.poll(refusal, PATIENCE).toBe(true);
      const restartWith = async (password: string) => {
        await server.kill();
        options[3] = password;
        await server.start();
      };
      await restartWith("secret-now");
      await running.logged(ON_CORE);

      await restartWith("changed by mistake");
      const refusals = () => running.logs.filter(({ message }) => message === "nats-server refuses").length;
      await expect.poll(refusals, PATIENCE).toBeGreaterThan(2);
      await restartWith("secret-now");
      await running.logged("connected");
      const zot = await connect({ servers: server.url, user: "zot", pass: "secret-now" });
      await expect
        .poll(() => {
          zot.publish(SUBJECT, event("one"));
          return scene.arrived();
        }, PATIENCE)
        .toEqual(new Set(["one"]));
      await zot.close();
      expect(JSON.stringify(running.logs)).not.toContain("secret-now");
    } finally {
      await server.remove();
    }
  });
});
