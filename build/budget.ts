/** What a service's bundle may weigh, and the image: most bytes come with a dependency, and each start reads some. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import type { SERVICES } from "./bundle.ts";

export type Service = (typeof SERVICES)[number];

/** Bytes of minified code, without source maps. */
export interface Weight {
  /** Before the service listens. */
  readonly atStart: number;
  /** And with what it reads afterwards, Google's clients above all. */
  readonly inAll: number;
}

const KB = 1_000;

/** As measured in November 2026, and a tenth more. */
export const BUDGET: Readonly<Record<Service, Weight>> = {
  receiver: { atStart: 121 * KB, inAll: 1_880 * KB },
  batcher: { atStart: 28 * KB, inAll: 1_830 * KB },
  loader: { atStart: 25 * KB, inAll: 1_650 * KB },
  "nats-bridge": { atStart: 315 * KB, inAll: 340 * KB },
};

/** Bytes that are copied into the image: the bundles with their source maps, the schemas, the licences. */
export const IMAGE_BUDGET = 5_500 * KB;

export function weighImage(folder: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const stats = files.map((file) => statSync(join(folder, file)));
  return stats.reduce((sum, one) => sum + (one.isFile() ? one.size : 0), 0);
}

/** @throws Error when the service has no bundle */
export function weigh({ outputs }: Metafile, service: Service): Weight {
  const main = Object.keys(outputs).find((path) => path.endsWith(`/${service}/main.js`));
  if (main === undefined) throw new Error(`no bundle of ${service}`);
  const bytesFrom = (kinds: ReadonlySet<string>) => {
    const files = new Set([main]);
    for (const file of files) {
      for (const { path, kind, external } of outputs[file]?.imports ?? []) {
        if (external !== true && kinds.has(kind)) files.add(path);
      }
    }
    return [...files].reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0);
  };
  return {
    atStart: bytesFrom(new Set(["import-statement"])),
    inAll: bytesFrom(new Set(["import-statement", "dynamic-import", "require-call"])),
  };
}

/** One line per figure that is over its budget. */
export function overBudget(service: Service, weight: Weight, budget: Weight = BUDGET[service]): string[] {
  const inKb = (bytes: number) => `${Math.ceil(bytes / KB)} kB`;
  return (["atStart", "inAll"] as const).flatMap((name) =>
    weight[name] <= budget[name]
      ? []
      : [
          `${service}: ${inKb(weight[name])} ${name === "atStart" ? "at its start" : "in all"}, the budget is ` +
            `${inKb(budget[name])}. See which dependency came with the change (docs/internals/dependencies.md); ` +
            "if it is worth it, raise the budget in build/budget.ts.",
        ],
  );
}
