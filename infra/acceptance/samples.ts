/** A sample of every type of every sender, as the sender posts it, and the rows that it must become. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { REJECTED, tableNameOf, UNREGISTERED } from "#services/shared/schema/check-files.ts";
import type { SenderId } from "#services/shared/type-owners.ts";
import type { ExpectedRow } from "./rows.ts";

export interface Sample {
  readonly sender: SenderId;
  /** The file, or what it is. */
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly rows: readonly ExpectedRow[];
}

const FIXTURES = "test/fixtures";
const JSON_TYPE = { "content-type": "application/json" };
const SAMPLE_TIME = "2026-08-20T10:00:00Z";

/** @param run part of every id that is ours to choose, so that two runs post different events */
export function readSamples(run: string): readonly Sample[] {
  return [
    ...misfits(run),
    ...ofChainguard(run),
    ...ofZot(run),
    ...ofMsr(),
    ...ofHarbor(),
    ...ofDistribution(),
  ];
}

export const sha256 = (body: Uint8Array): string => createHash("sha256").update(body).digest("hex");

/** Names of the files in a folder of samples, without `.json`. @throws Error when there are none */
function filesIn(folder: string): readonly string[] {
  const files = readdirSync(join(FIXTURES, folder)).filter((file) => file.endsWith(".json"));
  if (files.length === 0) throw new Error(`${FIXTURES}/${folder} has no samples`);
  return files.map((file) => file.slice(0, -".json".length));
}

const bytesOf = (folder: string, name: string) => readFileSync(join(FIXTURES, folder, `${name}.json`));

interface ChainguardSample {
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly group: string;
  readonly message?: string;
  readonly data: object;
}

function ofChainguard(run: string): readonly Sample[] {
  return filesIn("chainguard").flatMap((name) => {
    const all = JSON.parse(bytesOf("chainguard", name).toString()) as readonly ChainguardSample[];
    return all.map(({ type, source, subject, group, message, data }, index) => {
      const attributes = {
        "ce-type": type,
        "ce-source": source,
        "ce-subject": subject,
        "ce-group": group,
        ...(message === undefined ? {} : { "ce-bodytype": message }),
      };
      return binary("chainguard", `${run}-${name}-${index}`, attributes, JSON.stringify(data));
    });
  });
}

function ofZot(run: string): readonly Sample[] {
  return filesIn("zot").flatMap((type) => {
    const all = JSON.parse(bytesOf("zot", type).toString()) as readonly object[];
    return all.map((data, index) => zotEvent(`${run}-${type}-${index}`, type, data));
  });
}

/** An event as zot's sink posts it (https://zotregistry.dev/latest/articles/events/). */
export function zotEvent(id: string, type: string, data: object): Sample {
  const attributes = { "ce-type": type, "ce-source": "zotregistry.dev" };
  return binary("zot", id, attributes, JSON.stringify(data));
}

/** Binary mode: the data is the body, to the byte. */
function binary(
  sender: "chainguard" | "zot",
  id: string,
  attributes: Readonly<Record<string, string>> & { readonly "ce-type": string },
  data: string,
): Sample {
  const body = Buffer.from(data);
  const required = { "ce-id": id, "ce-specversion": "1.0", "ce-time": SAMPLE_TIME };
  return {
    sender,
    name: id,
    headers: { ...JSON_TYPE, ...required, ...attributes },
    body,
    rows: [{ table: tableNameOf(attributes["ce-type"]), id, digest: sha256(body) }],
  };
}

/** Older than `REPO_CREATED` and its kin, and in the tables of these. */
const OF_ANOTHER_NAME: Readonly<Record<string, string>> = { "repo-event": "repo-updated" };

function ofMsr(): readonly Sample[] {
  return filesIn("msr").map((name) => {
    const body = bytesOf("msr", name);
    const type = `com.mirantis.msr.${(OF_ANOTHER_NAME[name] ?? name).replaceAll("-", ".")}.v1`;
    const id = sha256(body);
    return {
      sender: "msr",
      name,
      headers: JSON_TYPE,
      body,
      rows: [{ table: tableNameOf(type), id, digest: id }],
    };
  });
}

/** Both formats; the type stands in the CloudEvents one. */
function ofHarbor(): readonly Sample[] {
  return filesIn("harbor/cloudevents").flatMap((name): readonly Sample[] => {
    const event = bytesOf("harbor/cloudevents", name);
    const { type, id } = JSON.parse(event.toString()) as { type: string; id: string };
    const other = bytesOf("harbor/default", name);
    const table = tableNameOf(type);
    const structured = { "content-type": "application/cloudevents+json" };
    return [
      {
        sender: "harbor",
        name: `cloudevents/${name}`,
        headers: structured,
        body: event,
        rows: [{ table, id }],
      },
      {
        sender: "harbor",
        name: `default/${name}`,
        headers: JSON_TYPE,
        body: other,
        rows: [{ table, id: sha256(other) }],
      },
    ];
  });
}

function ofDistribution(): readonly Sample[] {
  return filesIn("distribution").map((name) => {
    const body = bytesOf("distribution", name);
    const { events } = JSON.parse(body.toString()) as { events: readonly { id: string; action: string }[] };
    const headers = { "content-type": `application/vnd.docker.distribution.events.${name}+json` };
    const rows = events.map(({ id, action }) => ({
      table: tableNameOf(`io.cncf.distribution.${action}.v1`),
      id,
    }));
    return { sender: "distribution", name, headers, body, rows };
  });
}

/** An event that doesn't fit its schema, and one of a type without a schema: both are kept. */
function misfits(run: string): readonly Sample[] {
  const misfit = zotEvent(`${run}-misfit`, "zotregistry.image.updated", { name: { first: 7 } });
  const unknown = zotEvent(`${run}-unknown`, "zotregistry.unknown.acceptance", { name: "space/my-image" });
  const into = (sample: Sample, table: string): Sample => ({
    ...sample,
    rows: sample.rows.map((row) => ({ ...row, table })),
  });
  return [into(misfit, REJECTED), into(unknown, UNREGISTERED)];
}
