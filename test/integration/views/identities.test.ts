/** Kinds and names of identities, of each registry that reports pulls. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EventWarehouse, type HandMade, startEventWarehouse } from "#test/support/event-warehouse.ts";

let warehouse: EventWarehouse;

beforeAll(async () => {
  warehouse = await startEventWarehouse();
}, 60_000);
afterAll(() => warehouse.close());

const TIME = "2026-11-20T10:00:01Z";

const pulled = (tag: string, actor: object): HandMade => ({
  type: "dev.chainguard.registry.pull.v1",
  time: TIME,
  data: { actor, body: { repository: "acme/nginx", type: "manifest", method: "GET", tag } },
});

const IDENTITIES: readonly [
  kind: string,
  name: string | null,
  subject: string,
  act: Record<string, string>,
][] = [
  ["user", "ada@acme.example", "a", { iss: "https://auth.chainguard.dev/", email: "ada@acme.example" }],
  ["user", "google-oauth2|7", "b", { iss: "https://auth.chainguard.dev", email: "", sub: "google-oauth2|7" }],
  [
    "GitHub Actions workflow",
    "acme/shop/.github/workflows/ci.yaml",
    "c",
    {
      iss: "https://token.actions.githubusercontent.com",
      sub: "repo:acme/shop:ref:refs/heads/main",
      job_workflow_ref: "acme/shop/.github/workflows/ci.yaml@refs/heads/main",
    },
  ],
  [
    "GitHub Actions workflow",
    "acme/shop",
    "d",
    { iss: "https://token.actions.githubusercontent.com", sub: "repo:acme/shop:pull_request" },
  ],
  [
    "AWS role",
    "arn:aws:sts::123456789012:assumed-role/Build",
    "e",
    { iss: "https://sts.amazonaws.com", "aws-arn": "arn:aws:sts::123456789012:assumed-role/Build/i-0123" },
  ],
  ["AWS role", "arn:aws:iam::1:user/ada", "f", { "aws-arn": "arn:aws:iam::1:user/ada" }],
  [
    "pull token",
    "pull-token-1",
    "g",
    { iss: "https://pulltoken.issuer.chainguard.dev", sub: "pull-token-1" },
  ],
  [
    "service account",
    "system:serviceaccount:prod:puller",
    "h",
    { iss: "https://oidc.acme.example", sub: "system:serviceaccount:prod:puller" },
  ],
  ["service account", "ci@p.iam.gserviceaccount.com", "i", { email: "ci@p.iam.gserviceaccount.com" }],
  // Google's token of a person has an e-mail address, too.
  [
    "user",
    "ada@acme.example",
    "k",
    { iss: "https://accounts.google.com", email: "ada@acme.example", sub: "1" },
  ],
  ["service account", "1234", "l", { iss: "https://accounts.google.com", sub: "1234" }],
  ["other", "project_path:acme/shop", "j", { iss: "https://gitlab.com", sub: "project_path:acme/shop" }],
  ["anonymous", null, "", {}],
];

test("identities have a kind and a name for people", async () => {
  await warehouse.refill(
    IDENTITIES.map(([, , subject, act], index) => pulled(String(index), { subject, act })),
  );
  const rows = await warehouse.ask(
    "SELECT identity_kind, identity_name FROM pulls ORDER BY CAST(tag AS INT64)",
  );
  expect(rows.map((row) => [row["identity_kind"], row["identity_name"]])).toEqual(
    IDENTITIES.map(([kind, name]) => [kind, name]),
  );
});

/** Who asked, with GitLab's kind of account, and what kind of identity that is. */
const ACCOUNTS: readonly [sender: "harbor" | "distribution", name: string, userType: string, kind: string][] =
  [
    ["harbor", "admin", "", "user"],
    ["harbor", "robot$team+ci", "", "service account"],
    ["harbor", "robot-team+ci", "", "service account"],
    ["harbor", "bot_team+ci", "", "service account"],
    ["harbor", "robotics", "", "user"],
    ["harbor", "ada+test@acme.example", "", "user"],
    ["harbor", "harbor#proxy-cache-service", "", "service account"],
    ["harbor", "harbor-jobservice", "", "service account"],
    ["harbor", "harbor-fan", "", "user"],
    ["distribution", "root", "personal_access_token", "user"],
    ["distribution", "gitlab+deploy-token-1", "deploy_token", "service account"],
    ["distribution", "gitlab-ci-token", "build", "service account"],
    ["distribution", "ada", "gitlab_or_ldap", "user"],
    ["distribution", "project_7_bot_3f", "personal_access_token", "service account"],
    ["distribution", "ada", "build", "service account"],
  ];

test("robots, deploy tokens, builds and Harbor's own services are service accounts", async () => {
  await warehouse.refill(
    ACCOUNTS.map(([sender, name, user_type], index) => {
      const repository = `team/image-${String(index).padStart(2, "0")}`;
      if (sender === "harbor")
        return {
          type: "harbor.artifact.pulled",
          time: TIME,
          data: { resources: [{ tag: "1" }], repository: { repo_full_name: repository } },
          extensions: { operator: name },
        };
      const actor = { name, user_type };
      return {
        type: "io.cncf.distribution.pull.v1",
        time: TIME,
        data: { target: { repository }, request: { method: "GET" }, actor },
      };
    }),
  );
  const rows = await warehouse.ask("SELECT identity, identity_kind FROM pulls ORDER BY repository");
  expect(rows.map((row) => [row["identity"], row["identity_kind"]])).toEqual(
    ACCOUNTS.map(([, name, , kind]) => [name, kind]),
  );
});
