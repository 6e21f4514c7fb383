/** IAM policies of every kind of resource: read, compared by etag, written. */
import { nextEtag, type World } from "./call.ts";
import { type Json, recordsAt, textsAt } from "./json.ts";
import { appear, isVisible } from "./visibility.ts";

export interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: Json;
}

/** An empty policy's etag, as Google's APIs answer it. */
const EMPTY = { version: 1, etag: "ACAB" };

export function policyOf({ state }: World, name: string): Json {
  return state.policies.get(name) ?? EMPTY;
}

export function bindingsOf(policy: Json): readonly Binding[] {
  return recordsAt(policy, "bindings").map(({ role, members, condition }) => ({
    role: String(role),
    members: textsAt({ members }, "members"),
    ...(condition === undefined ? {} : { condition: condition as Json }),
  }));
}

/**
 * Whether a member has one of the roles on a resource, and the grant can be seen.
 * @param isWholly a grant with a condition does not count
 */
export function hasRole(
  world: World,
  name: string,
  member: string,
  roles: readonly string[],
  isWholly = false,
): boolean {
  return bindingsOf(policyOf(world, name)).some(
    ({ role, members, condition }) =>
      roles.includes(role) &&
      members.includes(member) &&
      !(isWholly && condition !== undefined) &&
      isVisible(world, "grants", grantKey(name, role, member)),
  );
}

const grantKey = (name: string, role: string, member: string) => `${name} ${role} ${member}`;

/** Sets a policy; whether its etag is the present one's is a rule's matter (`rules/policies.ts`). */
export function setPolicy(world: World, name: string, policy: Json): Json {
  const bindings = merged(bindingsOf(policy));
  for (const { role, members } of bindings)
    for (const member of members) appear(world, "grants", grantKey(name, role, member));
  const version = bindings.some(({ condition }) => condition !== undefined) ? 3 : 1;
  const next = { version, etag: nextEtag(world), ...(bindings.length === 0 ? {} : { bindings }) };
  world.state.policies.set(name, next);
  return next;
}

/** One binding for each role and condition, without doubled members; sorted, as Google answers them. */
function merged(bindings: readonly Binding[]): readonly Binding[] {
  const byKey = new Map<string, Binding>();
  for (const { role, members, condition } of bindings) {
    const key = JSON.stringify([role, condition ?? null]);
    const all = [...new Set([...(byKey.get(key)?.members ?? []), ...members])].sort();
    byKey.set(key, { role, members: all, ...(condition === undefined ? {} : { condition }) });
  }
  return [...byKey.values()]
    .filter(({ members }) => members.length > 0)
    .toSorted((a, b) => (a.role < b.role ? -1 : 1));
}

/**
 * After a service account's deletion its grants stay, under a name that a new account of the same address does not have
 * (https://cloud.google.com/iam/docs/policies#handle-deleted-members).
 */
export function renameDeletedMember(world: World, email: string, uniqueId: string): void {
  const member = `serviceAccount:${email}`;
  for (const [name, policy] of world.state.policies) {
    const bindings = bindingsOf(policy);
    if (!bindings.some(({ members }) => members.includes(member))) continue;
    const renamed = bindings.map(({ members, ...binding }) => ({
      ...binding,
      members: members.map((one) => (one === member ? `deleted:${member}?uid=${uniqueId}` : one)),
    }));
    world.state.policies.set(name, { ...policy, bindings: renamed, etag: nextEtag(world) });
  }
}
