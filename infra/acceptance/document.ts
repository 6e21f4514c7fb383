/** docs/internals/assumptions.md, made from the list of assumptions. */
import type { Assumption } from "./assumption.ts";

const HEAD = `# Assumptions about Google Cloud

Nothing of Pullhouse has run on Google Cloud yet. Some behaviour of Google Cloud is documented only, or left open by its
documentation. There the code makes one of the assumptions below. \`make acceptance\` checks each, in a project that somebody
lends:

\`\`\`sh
make acceptance                                    # here, against the local cloud: nothing is created anywhere
ACCEPTANCE_PROJECT=my-project make acceptance      # on Google Cloud: shows the plan and the price, and asks
\`\`\`

The run does all of this:

1. It deploys under a prefix of its own.
2. It posts 1,000 signed events and a sample of every type of every sender. Meanwhile it kills or replaces every service twice,
   and has MERGE refused temporarily.
3. It expects every row exactly once, audits every message, and runs \`pullhouse doctor\`.
4. It leaves the pipeline idle for ten minutes, and checks the list.
5. It prints the results and the cost of the run (less than a dollar).
6. It takes everything down, also after a failure or Ctrl-C.

\`.pullhouse/acceptance/\` has the report as text and as JSON. The exit status is 0 when every step succeeded and no assumption
failed.

The project needs billing and is best an empty one. The caller needs the tools and rights of [deploy](../operate/deploy.md), and
gcloud. The variables are in [configuration.md](../operate/configuration.md), "Deploying".

An issuer of the run's own signs Chainguard's events. Its public keys are public objects in a bucket of the run, and the deployment
is configured to trust it (\`CHAINGUARD_ISSUER\`). If an organisation forbids public objects, the events go to zot's route with its
token, and the report says that no signature was checked. Nobody can send SIGKILL on Cloud Run. There the run replaces a service by
another revision and deletes the old one, which gives it ten seconds.

Against the local cloud, \`TF_PLUGIN_DIR\` may name a folder with Google's provider. Terraform then applies the whole stack to the
local control plane first and destroys it in the end. Without a provider, the run creates resources by the names in the stack.

The run against the local cloud also checks the assumptions marked "here, too". It reports that the others can't be checked here.
`;

const FOOT = `
\`node infra/acceptance/write-document.ts\` writes this page. A test compares it with the list in
[infra/acceptance/assumptions](../../infra/acceptance/assumptions).
`;

export function assumptionsDocument(assumptions: readonly Assumption[]): string {
  const products = [...new Set(assumptions.map(({ product }) => product))];
  const sections = products.map((product) => {
    const rows = assumptions.filter((one) => one.product === product).map(rowOf);
    return ["", `## ${product}`, "", "| name | assumption | checked |", "|---|---|---|", ...rows].join("\n");
  });
  return `${HEAD}${sections.join("\n")}\n${FOOT}`;
}

function rowOf({ id, statement, source, onlyGoogle, when }: Assumption): string {
  const where = onlyGoogle === undefined ? "here, too" : "on Google Cloud";
  const moment = when === "after" ? ", after everything is taken down" : "";
  return `| \`${id}\` | ${statement} ([source](${source})) | ${where}${moment} |`;
}
