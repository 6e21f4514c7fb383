/** `ce-time` is optional: an event without it is one row, too, however much later it is posted again. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { drain } from "#services/batcher/drain.ts";
import { load } from "#services/loader/load.ts";
import { toMessage } from "#services/shared/message.ts";
import { PULL_TYPE, pullMessage } from "#test/support/pull-message.ts";
import {
  drainLimits,
  loadLimits,
  type StandInCloud,
  startStandInCloud,
} from "#test/support/stand-in-cloud.ts";

const never = new AbortController().signal;
const DAY_MS = 86_400_000;
let cloud: StandInCloud;
beforeAll(async () => {
  cloud = await startStandInCloud();
});
afterAll(() => cloud.close());

async function post(id: string, receivedAt: number): Promise<void> {
  const event = {
    id,
    source: "cgr.dev",
    type: PULL_TYPE,
    specversion: "1.0",
    extensions: {},
    data: Buffer.from("{}"),
  };
  await cloud.publish(toMessage(event, { source: "chainguard", receivedAt }));
}

test("posted again a day later, alone or beside events with a time", async () => {
  const now = Date.UTC(2026, 4, 1);
  const round = async () => {
    await drain(cloud.ports, drainLimits, never);
    return load(cloud.ports, loadLimits, never);
  };
  await post("untimed", now);
  expect(await round()).toMatchObject({ inserted: 1, duplicates: 0 });
  await post("untimed", now + DAY_MS);
  expect(await round()).toMatchObject({ inserted: 0, duplicates: 1 });
  await post("untimed", now + 400 * DAY_MS);
  await cloud.publish(pullMessage("timed"));
  expect(await round()).toMatchObject({ inserted: 1, duplicates: 1 });
  const rows = await cloud.query("SELECT ce_id FROM dev_chainguard_registry_pull_v1 ORDER BY ce_id");
  expect(rows).toEqual([{ ce_id: "timed" }, { ce_id: "untimed" }]);
});
