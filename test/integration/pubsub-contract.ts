/** What a Pub/Sub server must do for Pullhouse: run against the local one and against Google's own emulator. */
import { afterAll, beforeAll, describe } from "vitest";
import { adminContract } from "./pubsub/admin-contract.ts";
import { deliveryContract } from "./pubsub/delivery-contract.ts";
import { publishContract } from "./pubsub/publish-contract.ts";
import { connect, type Rig } from "./pubsub/rig.ts";
import { streamContract } from "./pubsub/stream-contract.ts";

/** @param port of a server on 127.0.0.1; called once, before the first test */
export function pubsubContract(
  server: string,
  port: () => number,
  { isGoogleEmulator }: { isGoogleEmulator: boolean },
): void {
  let rig: Rig;
  beforeAll(() => {
    rig = connect(port());
  });
  afterAll(() => rig?.close());
  const target = { rig: () => rig, isGoogleEmulator };
  describe(`topics and subscriptions of ${server}`, () => {
    adminContract(target);
  });
  describe(`publishing to ${server}`, () => {
    publishContract(target);
  });
  describe(`delivery by ${server}`, () => {
    deliveryContract(target);
  });
  describe(`streaming pull from ${server}`, () => {
    streamContract(target);
  });
}
