/** The table of who may post which types: no two senders have a type in common, and every schema file has an owner. */
import { expect, test } from "vitest";
import { loadRegistry } from "#services/shared/schema/registry.ts";
import {
  createTypeOwners,
  FOREIGN_TYPE,
  overlapsIn,
  ownerOf,
  type SenderId,
  TYPE_PREFIXES,
  type TypePrefixes,
} from "#services/shared/type-owners.ts";

const SENDERS = Object.keys(TYPE_PREFIXES) as SenderId[];
const registry = loadRegistry();
const events = [...registry.tables.keys()].filter((type) => registry.find(type) !== undefined);

test("no two senders have a type in common, and every prefix ends with a dot", () => {
  expect(SENDERS.length).toBeGreaterThan(4);
  expect(overlapsIn(TYPE_PREFIXES)).toEqual([]);
  for (const prefix of Object.values(TYPE_PREFIXES).flat()) expect(prefix).toMatch(/^[a-z].*\.$/);
});

test("every schema file is of a type that one sender owns", () => {
  expect(events.length).toBeGreaterThan(90);
  expect(events.filter((type) => ownerOf(type) === undefined)).toEqual([]);
  // Each sender has some, so that none is in the table by mistake.
  expect(new Set(events.map((type) => ownerOf(type)))).toEqual(new Set(SENDERS));
});

const added = (sender: SenderId, prefix: string): TypePrefixes => ({
  ...TYPE_PREFIXES,
  [sender]: [...TYPE_PREFIXES[sender], prefix],
});

test.each([
  ["another sender's prefix", "zot", "dev.chainguard."],
  ["a longer one", "zot", "dev.chainguard.registry."],
  ["a shorter one", "chainguard", "com."],
] as const)("%s overlaps", (_, sender, prefix) => {
  expect(overlapsIn(added(sender, prefix))).toEqual([expect.stringContaining(prefix)]);
});

test("the same prefix twice for one sender is none", () => {
  expect(overlapsIn(added("zot", "zotregistry.image."))).toEqual([]);
});

test("a type without an owner is nobody's, or Chainguard's once it has a schema file", () => {
  const type = "dev.example.scan.v1";
  const none = createTypeOwners(TYPE_PREFIXES, () => false);
  const file = createTypeOwners(TYPE_PREFIXES, (one) => one === type);
  const granted = createTypeOwners(added("zot", "dev.example."), (one) => one === type);
  const mayPost = (owners: typeof none) =>
    SENDERS.filter((sender) => owners.reasonAgainst(sender, type) === undefined);
  expect([none, file, granted].map(mayPost)).toEqual([[], ["chainguard"], ["zot"]]);
});

test("a reason names the rule and the type, however long that is", () => {
  const owners = createTypeOwners(TYPE_PREFIXES, () => false);
  const reason = owners.reasonAgainst("zot", `dev.chainguard.${"x".repeat(5_000)}`);
  expect(reason).toMatchObject({ rule: FOREIGN_TYPE, found: expect.stringMatching(/^dev\.chainguard\.x/) });
  expect(JSON.stringify(reason).length).toBeLessThan(300);
});
