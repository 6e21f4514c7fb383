/** Each rule of the local control plane: what breaks it is refused, and what keeps it is taken. */
import { describe, expect, test } from "vitest";
import { RULES } from "#infra/local/control-plane/rules/index.ts";
import { type Cloud, withCloud } from "#test/support/control-plane.ts";
import { SCENARIOS } from "#test/support/control-plane-scenarios/index.ts";
import type { Scenario } from "#test/support/control-plane-scenarios/scenario.ts";

test("every rule has a scenario and a source that can be read", () => {
  const ids = RULES.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(SCENARIOS.map(({ rule }) => rule).toSorted()).toEqual(ids.toSorted());
  expect(RULES.filter(({ source }) => !/^https:\/\/\S+$/.test(source))).toEqual([]);
});

const failing = new Set(RULES.filter(({ when }) => when === "operation").map(({ id }) => id));
const [refused = [], taken = []] = [false, true].map((isTaken) =>
  SCENARIOS.filter(({ rule }) => failing.has(rule) === isTaken),
);

async function expectTaken(
  { ask, set }: Cloud,
  { wrong, mend = [], right = wrong }: Scenario,
): Promise<void> {
  await set(...mend);
  const { status, rule, body } = await ask(right);
  expect({ rule, error: body?.error as unknown }).toEqual({ rule: null, error: undefined });
  expect(status).toBeLessThan(300);
}

describe("a request that breaks a rule is refused", () => {
  test.each(refused)("$rule", async (scenario) => {
    await withCloud(async (cloud) => {
      await cloud.set(...(scenario.given ?? []));
      const { rule, status, body } = await cloud.ask(scenario.wrong);
      expect(rule).toBe(scenario.rule);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(body).toMatchObject({ error: { code: status, message: expect.stringMatching(/./) } });
      await expectTaken(cloud, scenario);
    });
  });
});

describe("a request that breaks a rule is taken, and its operation fails", () => {
  test.each(taken)("$rule", async (scenario) => {
    await withCloud(async (cloud) => {
      await cloud.set(...(scenario.given ?? []));
      const { status, body } = await cloud.ask(scenario.wrong);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        done: true,
        error: { code: 13, message: expect.stringContaining(scenario.says ?? "") },
      });
      await expectTaken(cloud, scenario);
    });
  });
});
