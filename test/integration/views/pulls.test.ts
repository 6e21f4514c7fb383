/** `pulls` and `pushes`: one row per event with the same columns, whoever sent it. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EventWarehouse, type HandMade, startEventWarehouse } from "#test/support/event-warehouse.ts";
import { AGENTS } from "./agents.ts";

let warehouse: EventWarehouse;

beforeAll(async () => {
  warehouse = await startEventWarehouse();
}, 60_000);
afterAll(() => warehouse.close());

const SHA = `sha256:${"ab".repeat(32)}`;
const DOCKER =
  "docker/27.3.1 go/go1.22.7 git-commit/41ca978 kernel/6.8.0 os/linux arch/amd64 UpstreamClient(Docker-Client/27.3.1 \\(darwin\\))";
const TIME = "2026-11-20T10:00:01Z";

const pull = (body: object, actor?: object): HandMade => ({
  type: "dev.chainguard.registry.pull.v1",
  time: TIME,
  data: {
    ...(actor === undefined ? {} : { actor }),
    body: { repository: "acme/nginx", type: "manifest", method: "GET", ...body },
  },
});

const fixture = (file: string) => JSON.parse(readFileSync(`test/fixtures/${file}`, "utf8")) as object;

test("a pull of Chainguard's, every column", async () => {
  const body = {
    subdomain: "skills",
    repo_id: "g/r",
    tag: "latest",
    digest: SHA,
    method: "HEAD",
    when: "2026-11-20T10:00:01.250001",
    location: "ColumbusOHUS",
    remote_address: "192.0.2.7",
    user_agent: DOCKER,
    error: { status: 403, code: "DENIED", message: "no" },
  };
  const act = { iss: "https://auth.chainguard.dev/", sub: "google-oauth2|1", email: "ada@acme.example" };
  await warehouse.refill([{ ...pull(body, { subject: "id-1", act }), id: "one" }]);
  const [{ data_digest, ...row } = {}] = await warehouse.ask("SELECT * FROM pulls");
  expect(data_digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(row).toEqual({
    time: "2026-11-20T10:00:01.000Z",
    exact_time: "2026-11-20T10:00:01.250001Z",
    registry: "skills.cgr.dev",
    repository: "acme/nginx",
    tag: "latest",
    digest: SHA,
    method: "HEAD",
    kind: "manifest",
    media_type: null,
    repo_id: "g/r",
    identity: "id-1",
    account: "cgr.dev/id-1",
    identity_kind: "user",
    identity_name: "ada@acme.example",
    email: "ada@acme.example",
    address: "192.0.2.7",
    location: "ColumbusOHUS",
    user_agent: DOCKER,
    client: "docker",
    client_version: "27.3.1",
    os: "linux",
    arch: "amd64",
    error_code: "DENIED",
    source_table: "dev_chainguard_registry_pull_v1",
    ce_source: "cgr.dev",
    ce_id: "one",
  });
});

test("what is empty or missing is NULL, and nobody is anonymous", async () => {
  await warehouse.refill([
    pull({ tag: "", digest: "", location: "", remote_address: "", user_agent: "", error: { status: 429 } }),
  ]);
  expect(
    await warehouse.ask(`SELECT registry, tag, digest, location, address, user_agent, client, client_version, os, arch,
      identity, identity_kind, identity_name, email, error_code, exact_time FROM pulls`),
  ).toEqual([
    {
      ...Object.fromEntries(
        "tag digest location address user_agent client client_version os arch identity identity_name email"
          .split(" ")
          .map((name) => [name, null]),
      ),
      registry: "cgr.dev",
      identity_kind: "anonymous",
      error_code: "HTTP 429",
      exact_time: "2026-11-20T10:00:01.000Z",
    },
  ]);
});

test("user agents are programs with versions, systems and architectures", async () => {
  await warehouse.refill(AGENTS.map(({ agent }, index) => pull({ tag: String(index), user_agent: agent })));
  const rows = await warehouse.ask(
    "SELECT user_agent AS agent, client, client_version AS version, os, arch FROM pulls ORDER BY CAST(tag AS INT64)",
  );
  expect(rows).toEqual(AGENTS.map((one) => ({ version: null, os: null, arch: null, ...one })));
});

test("a push of a service of Chainguard's own has the name of its repository, and its id as pulls have it", async () => {
  const id = `${"45a0c61e".repeat(5)}/b74ce966caf448d1`;
  const pulled = pull({ repository: "acme.example/nginx", repo_id: id });
  const pushed = pull({ repository: id, repo_id: id, display_name: "nginx" });
  await warehouse.refill([pulled, { ...pushed, type: "dev.chainguard.registry.push.v1" }]);
  expect(
    await warehouse.ask(
      "SELECT push.repository, pull.repository AS pulled FROM pushes AS push JOIN pulls AS pull USING (repo_id)",
    ),
  ).toEqual([{ repository: "nginx", pulled: "acme.example/nginx" }]);
});

const OTHERS = `SELECT exact_time, registry, repository, tag, digest, method, kind, identity, identity_kind, address,
  client, os, arch, source_table FROM`;

test("a row that another sender has posted is in no view", async () => {
  const invite = { type: "dev.chainguard.api.iam.group_invite.created.v1", time: TIME, data: { body: {} } };
  const pulled = pull({ repository: "acme/forged" });
  const pushed = { ...pulled, type: "dev.chainguard.registry.push.v1" };
  const all = [invite, pulled, pushed];
  const count = async () =>
    (
      await warehouse.ask(
        `SELECT (SELECT COUNT(*) FROM audit) AS audit, (SELECT COUNT(*) FROM pulls) AS pulls,
              (SELECT COUNT(*) FROM pushes) AS pushes`,
      )
    )[0];
  await warehouse.refill(all.flatMap((event) => ["zot", "unknown"].map((sender) => ({ ...event, sender }))));
  expect(await count()).toEqual({ audit: 0, pulls: 0, pushes: 0 });
  await warehouse.refill(
    all.flatMap((event) => ["chainguard", "import"].map((sender) => ({ ...event, sender }))),
  );
  expect(await count()).toEqual({ audit: 2, pulls: 2, pushes: 2 });
});

test("pulls from Mirantis Secure Registry, Harbor and Distribution", async () => {
  const harbor = fixture("harbor/cloudevents/artifact-pulled.json") as { data: object };
  const distribution = fixture("distribution/v2.json") as { events: Record<string, object>[] };
  const source = "registry.example.com";
  await warehouse.refill([
    {
      type: "com.mirantis.msr.tag.pull.v1",
      time: TIME,
      source: "msr.example.com",
      data: fixture("msr/tag-pull.json"),
    },
    {
      type: "com.mirantis.msr.manifest.pull.v1",
      time: TIME,
      source: "msr.example.com",
      data: fixture("msr/manifest-pull.json"),
    },
    {
      type: "harbor.artifact.pulled",
      time: TIME,
      source: "/projects/2/webhook/policies/15",
      data: harbor.data,
      extensions: { operator: "robot$base+ci" },
    },
    { type: "io.cncf.distribution.pull.v1", time: TIME, source, data: distribution.events[0] ?? {} },
  ]);
  const msrDigest = "sha256:ca5d30fc023719e4f61c2bec921d824d1ea6c9e76751b78c168737ebe3fb473f";
  const base = {
    exact_time: "2026-11-20T10:00:01.000Z",
    method: null,
    kind: "manifest",
    address: null,
    client: null,
  };
  expect(await warehouse.ask(`${OTHERS} pulls ORDER BY source_table`)).toEqual([
    {
      ...base,
      registry: "msr.example.com",
      repository: "platform/api",
      tag: null,
      digest: msrDigest,
      identity: "ci-bot",
      identity_kind: "user",
      os: "linux",
      arch: "arm64",
      source_table: "com_mirantis_msr_manifest_pull_v1",
    },
    {
      ...base,
      registry: "msr.example.com",
      repository: "platform/api",
      tag: "1.4.2",
      digest: msrDigest,
      identity: "ci-bot",
      identity_kind: "user",
      os: "linux",
      arch: "amd64",
      source_table: "com_mirantis_msr_tag_pull_v1",
    },
    {
      ...base,
      registry: "harbor.example.com",
      repository: "base/alpine",
      tag: null,
      digest: "sha256:53470d6dc1ac225b67a1b4fcaa92c99f4eb82f1ccf45704aa3f3813fb1802afd",
      identity: "robot$base+ci",
      identity_kind: "service account",
      os: null,
      arch: null,
      source_table: "harbor_artifact_pulled",
    },
    {
      ...base,
      registry: "registry.example.com",
      repository: "team/app",
      tag: "1.0",
      digest: "sha256:05b3abf2579a5eb66403cd78be557fd860633a1fe2103c7642030defe32c657f",
      method: "GET",
      identity: "ci",
      identity_kind: "user",
      address: "192.0.2.10",
      client: "docker",
      os: "linux",
      arch: "amd64",
      source_table: "io_cncf_distribution_pull_v1",
    },
  ]);
});
