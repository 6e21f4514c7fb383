/**
 * What a deployment has in its state keeps its address. An address that goes would be destroyed by the next `make deploy`, with
 * the events that are in it: it needs a `moved` block, or its line below, with the reason.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { everyStack } from "#test/support/every-stack.ts";
import { synthesizeStack } from "#test/support/stack.ts";

const FROZEN = "test/fixtures/addresses.txt";

/** Addresses that went on purpose, and why nothing is lost with them. */
const GONE = new Map<string, string>([
  [
    "google_project_service_identity.agent-pubsub",
    "made nothing that Google removes; with it went google-beta",
  ],
  ["google_storage_bucket_iam_member.bucket-pubsub-looks", "Pub/Sub writes into a bucket of its own"],
  ["google_storage_bucket_iam_member.bucket-pubsub-writes", "Pub/Sub writes into a bucket of its own"],
]);

const stacks = everyStack().map(([, settings]) => synthesizeStack(settings));
const present = new Set(
  stacks.flatMap(({ resource }) =>
    Object.entries(resource).flatMap(([type, byName]) =>
      Object.keys(byName).map((name) => `${type}.${name}`),
    ),
  ),
);
const moved = new Set(
  stacks.flatMap(({ text }) =>
    ((JSON.parse(text) as { moved?: { from: string }[] }).moved ?? []).map(({ from }) => from),
  ),
);
const frozen = readFileSync(FROZEN, "utf8").split("\n").filter(Boolean);

test("every address of a release is there, moved, or gone on purpose", () => {
  expect(frozen.length).toBeGreaterThan(200);
  const lost = frozen.filter((address) => !present.has(address) && !moved.has(address) && !GONE.has(address));
  expect(lost).toEqual([]);
});

test("nothing that is gone is there, and nothing that holds events is gone", () => {
  expect([...GONE.keys()].filter((address) => present.has(address))).toEqual([]);
  for (const address of GONE.keys())
    expect(address).not.toMatch(
      /^google_(bigquery_(dataset|table)|pubsub_(topic|subscription)|storage_bucket)\./,
    );
});

test("every address that is there is in the list, so that the next release keeps it", () => {
  const listed = new Set(frozen);
  expect(
    [...present].filter((address) => !listed.has(address)),
    `add to ${FROZEN}`,
  ).toEqual([]);
});
