/** Which way to open the receiver an organisation leaves, and what `make deploy` says before it tries the other. */
import { expect, test } from "vitest";
import { readDeployConfig } from "#infra/gcp/config.ts";
import { adviceOnPublicAccess } from "#infra/gcp/deploy/public-access.ts";
import { GROUP, PROJECT } from "#test/support/stack.ts";

type Way = "all-users" | "no-invoker-check";

const DOMAINS = { spec: { rules: [{ values: { allowedValues: ["C0abcdefg"] } }] } };
const ANY_DOMAIN = { spec: { rules: [{ allowAll: true }] } };
const CHECKED = { spec: { rules: [{ enforce: true }] } };
const UNCHECKED = { spec: { rules: [{ enforce: false }] } };

async function adviceFor(publicAccess: Way, policies: Readonly<Record<string, object>>) {
  const asked: string[] = [];
  const config = readDeployConfig(
    { project: PROJECT, region: "us-central1", chainguard: { groups: [GROUP] }, publicAccess },
    "the test's settings",
  );
  const advice = await adviceOnPublicAccess(config, {
    ask: (...line) => {
      asked.push(line.join(" "));
      const found = policies[line[3] ?? ""];
      return Promise.resolve(found === undefined ? undefined : JSON.stringify(found));
    },
  });
  return { advice, asked };
}

test("domain-restricted sharing leaves the service without an invoker check", async () => {
  const policies = { "iam.allowedPolicyMemberDomains": DOMAINS, "run.managed.requireInvokerIam": UNCHECKED };
  const { advice, asked } = await adviceFor("all-users", policies);
  expect(advice).toBe(
    'the organisation\'s policy iam.allowedPolicyMemberDomains forbids "publicAccess": "all-users": set "publicAccess": "no-invoker-check" in pullhouse.config.json',
  );
  expect(asked[0]).toBe(
    `gcloud org-policies describe iam.allowedPolicyMemberDomains --effective --project=${PROJECT} --format=json --quiet`,
  );
  expect((await adviceFor("no-invoker-check", policies)).advice).toBeUndefined();
});

test("the managed form of it closes the grant as well, unless it names allUsers", async () => {
  const rules = (parameters: object) => ({ spec: { rules: [{ enforce: true, parameters }] } });
  const name = "iam.managed.allowedPolicyMembers";
  const organisation = {
    allowedPrincipalSets: ["//cloudresourcemanager.googleapis.com/organizations/123456789012"],
  };
  const { advice } = await adviceFor("all-users", { [name]: rules(organisation) });
  expect(advice).toContain(
    `policy ${name} forbids "publicAccess": "all-users": set "publicAccess": "no-invoker-check"`,
  );
  const named = { ...organisation, allowedMemberSubjects: ["allUsers"] };
  expect((await adviceFor("all-users", { [name]: rules(named) })).advice).toBeUndefined();
});

test("a required invoker check leaves the grant to allUsers", async () => {
  const policies = { "iam.allowedPolicyMemberDomains": ANY_DOMAIN, "run.managed.requireInvokerIam": CHECKED };
  expect((await adviceFor("no-invoker-check", policies)).advice).toContain('set "publicAccess": "all-users"');
  expect((await adviceFor("all-users", policies)).advice).toBeUndefined();
});

test("both policies leave no way but an exemption", async () => {
  const policies = { "iam.allowedPolicyMemberDomains": DOMAINS, "run.managed.requireInvokerIam": CHECKED };
  for (const way of ["all-users", "no-invoker-check"] as const)
    expect((await adviceFor(way, policies)).advice).toContain(`exempt ${PROJECT} from one of them`);
});

test("a policy that denies every member closes the grant, too", async () => {
  const policies = { "iam.allowedPolicyMemberDomains": { spec: { rules: [{ denyAll: true }] } } };
  expect((await adviceFor("all-users", policies)).advice).toContain('"no-invoker-check"');
});

test("what may not be read, and what has no rules, is no obstacle", async () => {
  expect((await adviceFor("all-users", {})).advice).toBeUndefined();
  const empty = { "iam.allowedPolicyMemberDomains": { spec: {} } };
  expect((await adviceFor("all-users", empty)).advice).toBeUndefined();
});
