/** The state of the last release in a bucket: gcloud reads it and puts it aside, Terraform takes it in. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readDeployConfig } from "#infra/gcp/config.ts";
import { moveOldState } from "#infra/gcp/deploy/old-state.ts";
import { parseState } from "#infra/gcp/deploy/state-json.ts";
import { GROUP, PROJECT } from "#test/support/stack.ts";

const OLD = "gs://acme-state/pullhouse/default.tfstate";

const config = readDeployConfig(
  {
    project: PROJECT,
    region: "us-central1",
    chainguard: { groups: [GROUP] },
    state: { bucket: "acme-state" },
  },
  "the test's settings",
);

function stateText(prefix: string): string {
  const attributes = { project: PROJECT, account_id: `${prefix}-receiver` };
  const type = "google_service_account";
  return JSON.stringify({
    version: 4,
    resources: [{ mode: "managed", type, name: "account-receiver", instances: [{ attributes }] }],
  });
}

/** @param old text of the object in the bucket; none, if left out */
async function move(old: string | undefined, answer = "yes") {
  const events: string[] = [];
  const said: string[] = [];
  const moving = moveOldState({
    config,
    stackFile: "",
    isApproved: false,
    terraform: {
      folder: "cdktf.out/stacks/pullhouse",
      state: () => Promise.resolve(parseState("")),
      pushState: (file: string) => Promise.resolve(void events.push(`push ${readFileSync(file, "utf8")}`)),
    },
    tools: {
      say: (text: string) => said.push(text),
      question: () => Promise.resolve(answer),
      ask: (...line: readonly string[]) => {
        events.push(line.join(" "));
        return Promise.resolve(old);
      },
      show: (...line: readonly string[]) => Promise.resolve(void events.push(line.join(" "))),
    },
  } as unknown as Parameters<typeof moveOldState>[0]);
  const failure = await moving.then(
    () => undefined,
    (error: unknown) => String(error),
  );
  return { events, failure, said: said.join("\n") };
}

const READ = `gcloud storage cat ${OLD} --quiet`;

test("it is pushed to its new place before it is put aside", async () => {
  const old = stateText("pullhouse");
  const { events, failure, said } = await move(old);
  expect(failure).toBeUndefined();
  expect(events).toEqual([READ, `push ${old}`, `gcloud storage mv ${OLD} ${OLD}.moved --quiet`]);
  expect(said).toContain(`gs://acme-state/pullhouse/${PROJECT}/pullhouse/default.tfstate`);
});

test("nothing is moved without a yes, of another prefix, or where there is none", async () => {
  const refused = await move(stateText("pullhouse"), "no");
  expect(refused).toMatchObject({ events: [READ], failure: expect.stringContaining("nothing was changed") });
  const another = await move(stateText("production"));
  expect(another).toMatchObject({ events: [READ], failure: undefined });
  expect(another.said).toContain("it is left alone");
  expect(await move(undefined)).toMatchObject({ events: [READ], failure: undefined, said: "" });
});
