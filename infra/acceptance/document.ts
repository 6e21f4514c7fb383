/** docs/internals/assumptions.md, made from the list of assumptions. */
import type { Assumption } from "./assumption.ts";

const HEAD = `# What Pullhouse takes for granted of Google Cloud

Nothing of Pullhouse has run on Google Cloud yet. Where documentation left something open, or only documentation says it,
the code takes one of the things below for granted. \`make acceptance\` checks each, in a project that somebody lends:

\`\`\`sh
make acceptance                                    # here, against the local cloud: nothing is created anywhere
ACCEPTANCE_PROJECT=my-project make acceptance      # on Google Cloud: shows the plan and the price, and asks
\`\`\`

It deploys under a prefix of its own, posts 1,000 signed events and a sample of every type of every sender, kills or replaces
every service twice meanwhile, has MERGE refused for a while, wants every row exactly once, audits every message, asks
\`pullhouse doctor\`, leaves the pipeline idle for ten minutes, checks the list, prints what held and what the run cost (less than a
dollar), and takes everything down, also after a failure or Ctrl-C. \`.pullhouse/acceptance/\` has the report as text and as JSON; the
exit status is 0 when every step went well and no assumption failed.

The project needs billing and is best an empty one; the caller needs what [deploy](../operate/deploy.md) needs, and gcloud. Variables:
[configuration.md](../operate/configuration.md), "Deploying".

Chainguard's events are signed by an issuer of the run's own, whose public keys are public objects in a bucket of the run: the
deployment is told to believe it (\`CHAINGUARD_ISSUER\`). Where an organisation forbids public objects, the events go to zot's route
with its token, and the report says that no signature was checked. Nobody can send SIGKILL on Cloud Run: there a service is
replaced by another revision, and the old one deleted, which gives it ten seconds.

Against the local cloud, where \`TF_PLUGIN_DIR\` names a folder with Google's provider, Terraform applies the whole stack to the local
control plane first and destroys it in the end; without one, resources are created by the names in the stack.

"here, too" are those that the run against the local cloud also checks; of the others it says that they cannot be told here.
`;

const FOOT = `
This page is made by \`node infra/acceptance/write-document.ts\`; a test holds it equal to the list in
[infra/acceptance/assumptions](../../infra/acceptance/assumptions).
`;

export function assumptionsDocument(assumptions: readonly Assumption[]): string {
  const products = [...new Set(assumptions.map(({ product }) => product))];
  const sections = products.map((product) => {
    const rows = assumptions.filter((one) => one.product === product).map(rowOf);
    return [
      "",
      `## ${product}`,
      "",
      "| name | what is taken for granted | checked |",
      "|---|---|---|",
      ...rows,
    ].join("\n");
  });
  return `${HEAD}${sections.join("\n")}\n${FOOT}`;
}

function rowOf({ id, statement, source, onlyGoogle, when }: Assumption): string {
  const where = onlyGoogle === undefined ? "here, too" : "on Google Cloud";
  const moment = when === "after" ? ", after everything is taken down" : "";
  return `| \`${id}\` | ${statement} ([source](${source})) | ${where}${moment} |`;
}
