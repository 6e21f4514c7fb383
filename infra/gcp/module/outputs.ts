/** What the module's caller needs of it. */
import { type Context, serviceUrl } from "../context.ts";
import { operatorVariables } from "../outputs.ts";
import { expression } from "./expressions.ts";

export function outputsOf(context: Context, image: string): void {
  const { stack, config, names, accounts, terms } = context;
  const url = serviceUrl(context, "receiver", expression("local.receiver_regions[0]"));
  const each = serviceUrl(context, "receiver", expression("region"));
  const variables = terms.merged(operatorVariables(context, url));
  const outputs: Readonly<Record<string, readonly [description: string, value: string]>> = {
    webhook_url: ["Where Chainguard posts; /zot, /msr, /harbor and /distribution are below it.", url],
    webhook_urls: [
      "The receiver of each region.",
      `\${{ for region in local.receiver_regions : region => "${each}" }}`,
    ],
    subscribe: [
      "Commands that make Chainguard post its events here.",
      `\${[for group in var.chainguard_groups : "chainctl events subscriptions create --parent \${group} ${url}"]}`,
    ],
    environment: ["Variables by which `npx pullhouse` finds this deployment.", variables as never],
    project: ["Project id.", config.project],
    prefix: ["Prefix of the names.", config.prefix],
    bucket: ["Bucket of the archive.", names.bucket],
    dataset: ["Dataset of the events.", config.dataset],
    topic: ["Topic of the events.", names.topic],
    build_service_account: ["Account that may push images to the repository.", accounts.build.email],
    repository: [
      "Repository of the services' images.",
      `\${var.region}-docker.pkg.dev/\${var.project}/${names.repository}`,
    ],
    image: ["Image that runs.", image],
  };
  for (const [name, [description, value]] of Object.entries(outputs))
    stack.addOverride(`output.${name}`, { description, value });
}
