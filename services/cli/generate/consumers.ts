/** Who pulls from where: an identity, a client and an address that stay together. */
import { CLIENTS, type Client } from "./clients.ts";
import { below, chance, digits, hex, pick, type Random, zipf } from "./random.ts";

/** The event's `actor`; absent when nobody signed in. `act` has its keys in order, as Go writes a map. */
interface Actor {
  readonly subject: string;
  readonly act: Readonly<Record<string, string>>;
}

export interface Consumer {
  readonly actor?: Actor;
  readonly client: Client;
  readonly remoteAddress: string;
  readonly location: string;
}

/** City, region and country without a separator, as the registry writes them; often nothing. */
const LOCATIONS = [
  "",
  "",
  "",
  "ColumbusOHUS",
  "AshburnVAUS",
  "BoardmanORUS",
  "Council BluffsIAUS",
  "Minato City13JP",
  "Frankfurt am MainHEDE",
  "DublinLIE",
  "SydneyNSWAU",
  "São PauloSPBR",
];

/** RFC 5737 and RFC 3849: addresses that belong to nobody. */
const NETWORKS = ["192.0.2", "198.51.100", "203.0.113"];

/** Made-up people, with a name that is not plain ASCII among them. */
const PEOPLE = ["ada", "björn", "chidi", "dana", "emre", "fatima", "grace", "hana", "ivan", "jun"];
const GITHUB_REPOSITORIES = ["shop", "payments", "search", "infra", "data-platform", "mobile-api"];
const GITHUB_WORKFLOWS = ["ci.yaml", "release.yaml", "nightly.yml"];

/** Identities are made once per run, so that the same few come again and again. */
export function createConsumers(random: Random, group: string, count: number): (random: Random) => Consumer {
  const drawClient = zipf(CLIENTS.length, 0.8);
  const consumers = Array.from({ length: count }, (): Consumer => {
    const client = CLIENTS[drawClient(random)] as Client;
    const actor = actorOf(random, client, group);
    return {
      client,
      ...(actor === undefined ? {} : { actor }),
      remoteAddress: addressOf(random),
      location: pick(random, LOCATIONS),
    };
  });
  const draw = zipf(count, 0.9);
  return (random) => consumers[draw(random)] as Consumer;
}

function addressOf(random: Random): string {
  if (chance(random, 0.15))
    return `2001:db8:${hex(random, 4).replace(/^0+(?=.)/, "")}::${(1 + below(random, 0xfffe)).toString(16)}`;
  return `${pick(random, NETWORKS)}.${1 + below(random, 254)}`;
}

function actorOf(random: Random, client: Client, group: string): Actor | undefined {
  if (chance(random, 0.04)) return undefined;
  const identity = `${group}/${hex(random, 16)}`;
  if (client.runs === "laptop") return person(random);
  if (client.runs === "pipeline" && chance(random, 0.75)) return workflow(random, identity);
  if (client.runs === "aws" || (client.runs === "cluster" && chance(random, 0.25))) {
    return awsRole(random, identity);
  }
  return pullToken(random, identity);
}

/** Every actor has these four, empty when they do not apply. */
const NOTHING = { "aws-acct": "", "aws-arn": "", email: "" } as const;

function person(random: Random): Actor {
  return {
    subject: hex(random, 40),
    act: inOrder({
      ...NOTHING,
      aud: "auth0example0client0id0of0acme00",
      email: chance(random, 0.3) ? "" : `${pick(random, PEOPLE)}@acme.example`,
      iss: "https://auth.chainguard.dev/",
      sub: `google-oauth2|1${digits(random, 20)}`,
    }),
  };
}

function workflow(random: Random, subject: string): Actor {
  const repository = `acme/${pick(random, GITHUB_REPOSITORIES)}`;
  const ref = chance(random, 0.7) ? "refs/heads/main" : `refs/pull/${1 + below(random, 4000)}/merge`;
  return {
    subject,
    act: inOrder({
      ...NOTHING,
      aud: "https://issuer.enforce.dev",
      iss: "https://token.actions.githubusercontent.com",
      job_workflow_ref: `${repository}/.github/workflows/${pick(random, GITHUB_WORKFLOWS)}@${ref}`,
      sub: ref.startsWith("refs/pull") ? `repo:${repository}:pull_request` : `repo:${repository}:ref:${ref}`,
    }),
  };
}

function awsRole(random: Random, subject: string): Actor {
  const account = `1${digits(random, 11)}`;
  const session = `i-0${hex(random, 16)}`;
  const arn = `arn:aws:sts::${account}:assumed-role/${pick(random, ["EksNodeRole", "EcsTaskRole", "BuildRole"])}/${session}`;
  return {
    subject,
    act: inOrder({
      ...NOTHING,
      aud: "https://issuer.enforce.dev",
      "aws-acct": account,
      "aws-arn": arn,
      "aws-userid": `AROAEXAMPLE${hex(random, 10).toUpperCase()}:${session}`,
      iss: "https://sts.amazonaws.com",
      sub: arn,
    }),
  };
}

function pullToken(random: Random, subject: string): Actor {
  return {
    subject,
    act: inOrder({
      ...NOTHING,
      aud: "https://issuer.enforce.dev",
      iss: "https://pulltoken.issuer.chainguard.dev",
      sub: `pull-token-${hex(random, 16)}`,
    }),
  };
}

function inOrder(claims: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(claims).sort(([a], [b]) => (a < b ? -1 : 1)));
}
