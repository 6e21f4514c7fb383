/** Schema files pass the check, and agree with the samples: every column of Chainguard's is filled by one. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { judge } from "#services/shared/row/judge.ts";
import { checkFolder } from "#services/shared/schema/check.ts";
import { everyColumn } from "#services/shared/schema/check-columns.ts";
import { readSchemaFiles } from "#services/shared/schema/check-files.ts";
import type { Column } from "#services/shared/schema/column.ts";
import { loadRegistry } from "#services/shared/schema/registry.ts";

/** The types of the seed documents: Chainguard Academy, "Chainguard Events", 2025. */
const DOCUMENTED_FIRST = [
  "registry.pull",
  "registry.push",
  "api.auth.registered",
  "api.events.subscription.created",
  "api.events.subscription.deleted",
  "api.iam.account_associations.created",
  "api.iam.account_associations.updated",
  "api.iam.account_associations.deleted",
  "api.iam.group_invite.created",
  "api.iam.group_invite.deleted",
  "api.iam.group.created",
  "api.iam.group.updated",
  "api.iam.group.deleted",
  "api.iam.identity.created",
  "api.iam.identity.updated",
  "api.iam.identity.deleted",
  "api.iam.identity_providers.created",
  "api.iam.identity_providers.updated",
  "api.iam.identity_providers.deleted",
  "api.iam.rolebindings.created",
  "api.iam.rolebindings.updated",
  "api.iam.rolebindings.deleted",
  "api.platform.registry.repo.created",
  "api.platform.registry.repo.updated",
  "api.platform.registry.repo.deleted",
  "api.platform.registry.tag.created",
  "api.platform.registry.tag.updated",
  "api.platform.registry.tag.deleted",
];

/** The types that the events reference has added since, as of 2026-08-20. */
const DOCUMENTED_SINCE = [
  "api.iam.external_group_role_mappings.created",
  "api.iam.external_group_role_mappings.deleted",
  "api.iam.external_group_role_mappings.deleted.batch",
  "api.iam.identity.metadata.updated",
  "api.iam.identity_providers.scim_enabled.updated",
  "api.iam.identity_providers.scim_token.generated",
  "api.iam.identity_providers.scim_token.regenerated",
  "api.iam.identity_providers.scim_token.revoked",
  "api.iam.rolebindings.created.batch",
  "api.iam.roles.created",
  "api.iam.roles.updated",
  "api.iam.roles.deleted",
  "api.iam.terms.accepted",
  "api.platform.registry.chart.added",
  "api.platform.registry.overlay.created",
  "api.platform.registry.overlay.deleted",
  "api.platform.registry.overlay_binding.created",
  "api.platform.registry.overlay_binding.deleted",
  "api.policies.bindings.created",
  "api.policies.bindings.updated",
  "api.policies.bindings.deleted",
  "api.policies.overrides.created",
  "api.policies.overrides.deleted",
  "api.policies.policies.created",
  "api.policies.policies.updated",
  "api.policies.policies.deleted",
];

interface Sample {
  readonly spelling: "documented" | "protojson";
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly group: string;
  readonly data: object;
  readonly extra?: object;
}

const registry = loadRegistry();
const tables = [...registry.tables.values()];
const chainguard = tables.filter((table) => table.type.startsWith("dev.chainguard."));

const SAMPLES = "test/fixtures/chainguard";
const sampleFiles = readdirSync(SAMPLES).filter((file) => file.endsWith(".json"));
const samples = sampleFiles.map((file) => ({
  type: file.slice(0, -".json".length),
  list: JSON.parse(readFileSync(join(SAMPLES, file), "utf8")) as readonly Sample[],
}));

test("the check has nothing to say of any file", () => {
  const files = readSchemaFiles("schemas");
  expect([...files.columns.values()].flatMap((columns) => [...everyColumn(columns)]).length).toBeGreaterThan(
    1000,
  );
  expect(checkFolder(files)).toEqual([]);
});

test("every file is loaded as the table of the type that it is named after", () => {
  const others = new Set(["envelope.json", "loads.json"]);
  const files = readdirSync("schemas").filter((file) => file.endsWith(".json") && !others.has(file));
  expect(tables.map(({ type }) => `${type}.json`).toSorted()).toEqual(files.toSorted());
});

describe("Chainguard's types", () => {
  test("every documented type has a file", () => {
    const documented = [...DOCUMENTED_FIRST, ...DOCUMENTED_SINCE];
    expect([DOCUMENTED_FIRST.length, new Set(documented).size]).toEqual([28, 54]);
    expect(documented.filter((type) => registry.find(`dev.chainguard.${type}.v1`) === undefined)).toEqual([]);
  });

  test("actor is the same in every file, and beside it there is only body", () => {
    const [actor] = chainguard[0]?.own ?? [];
    expect(actor?.name).toBe("actor");
    for (const { own } of chainguard) {
      expect(own[0]).toEqual(actor);
      expect(own.map(({ name }) => name)).toEqual(["actor", "body"]);
    }
  });

  test("every type has samples, and every sample has a type", () => {
    expect(samples.map(({ type }) => type).toSorted()).toEqual(chainguard.map(({ type }) => type).toSorted());
    for (const { type, list } of samples)
      expect(new Set(list.map((sample) => sample.type))).toEqual(new Set([type]));
  });
});

/** https://protobuf.dev/programming-guides/json/: how a field is spelled. */
const lowerCamelCase = (name: string) =>
  name.replaceAll(/_([a-z0-9])/g, (_match, next: string) => next.toUpperCase());

/** The paths of the columns that have a key in the data. Fails on a key that is not spelled as the sample says. */
function filled(
  columns: readonly Column[],
  data: unknown,
  spelling: Sample["spelling"],
  above = "",
): string[] {
  return Object.entries(data as object).flatMap(([key, value]) => {
    const column = columns.find(({ name }) => name === key || lowerCamelCase(name) === key);
    if (column === undefined) throw new Error(`there is no column for ${above}${key}`);
    // The API pins this name, which it would otherwise write as syncConfig; actor is no protobuf message.
    const isPinned = column.name === "sync_config" || above.startsWith("actor.");
    const expected = spelling === "documented" || isPinned ? column.name : lowerCamelCase(column.name);
    expect(key).toBe(expected);
    const path = `${above}${column.name}`;
    if (column.type !== "RECORD") return [path];
    const records: readonly unknown[] = column.mode === "REPEATED" ? (value as unknown[]) : [value];
    return [path, ...records.flatMap((record) => filled(column.fields ?? [], record, spelling, `${path}.`))];
  });
}

describe.each(samples)("samples of $type", ({ type, list }) => {
  const own = registry.find(type)?.own ?? [];

  test("fit their table, and leave over only what they say", () => {
    for (const sample of list) {
      const judged = judge(registry, {
        id: "1",
        specversion: "1.0",
        source: sample.source,
        type,
        subject: sample.subject,
        extensions: { group: sample.group },
        data: Buffer.from(JSON.stringify(sample.data)),
      });
      expect(judged).toMatchObject({ fit: "fits" });
      const rest = "rest" in judged ? judged.rest : undefined;
      expect(rest === undefined ? undefined : JSON.parse(JSON.stringify(rest))).toEqual(sample.extra);
    }
  });

  test("fill every column of the body", () => {
    const covered = new Set(list.flatMap((sample) => filled(own, sample.data, sample.spelling)));
    const body = [...everyColumn(own)].map(({ path }) => path).filter((path) => path.startsWith("body"));
    expect(body.length).toBeGreaterThan(1);
    expect(body.filter((path) => !covered.has(path))).toEqual([]);
  });
});

test("the samples together fill every column of actor", () => {
  const covered = new Set(
    samples.flatMap(({ type, list }) =>
      list.flatMap(({ data, spelling }) => filled(registry.find(type)?.own ?? [], data, spelling)),
    ),
  );
  const actor = [...everyColumn(chainguard[0]?.own ?? [])].filter(({ path }) => path.startsWith("actor"));
  expect(actor.filter(({ path }) => !covered.has(path))).toEqual([]);
});
