/** `make up`: the whole pipeline in the foreground until Ctrl-C. */
import { relative } from "node:path";
import { styleText } from "node:util";
import { EXIT_STATUS, onInterruption } from "./interruption.ts";
import { mendable, noticeLine } from "./messages.ts";
import { type Pipeline, startPipeline } from "./pipeline.ts";

function whereEverythingIs({ plan, parts }: Pipeline): string {
  const below = relative(process.cwd(), plan.home);
  const state = below === "" || below.startsWith("..") ? plan.home : below;
  const lines = [
    styleText("bold", "Pullhouse is up.") + styleText("dim", "  Ctrl-C stops it; what it holds is kept."),
    "",
    ...parts.map(
      ({ part, pid }) => `  ${part.name.padEnd(10)} 127.0.0.1:${String(part.port).padEnd(6)} process ${pid}`,
    ),
    ...plan.elsewhere.map(
      ({ name, variable, value }) => `  ${name.padEnd(10)} ${value} (not ours, from ${variable})`,
    ),
    "",
    `  state      ${state}/`,
    `  logs       ${state}/logs/<part>.log`,
    "",
    "Try next, in another terminal:",
    "",
    "  npx pullhouse send --events 100",
    "  npx pullhouse ask top-images              # `npx pullhouse ask` lists the questions",
    `  npx pullhouse query "SELECT body.repository, COUNT(*) AS pulls FROM dev_chainguard_registry_pull_v1 GROUP BY 1 ORDER BY 2 DESC LIMIT 10"`,
    `  curl -i -X POST ${plan.receiverUrl}/     # 401: every event must be signed`,
    "",
  ];
  return lines.join("\n");
}

async function main(): Promise<number> {
  const interruption = onInterruption();
  let pipeline: Pipeline;
  try {
    pipeline = await startPipeline({
      env: process.env,
      notice: (notice) => console.log(noticeLine(notice)),
      signal: interruption.signal,
    });
  } catch (error) {
    if (interruption.signal.aborted) return EXIT_STATUS[await interruption.happened] ?? 1;
    console.error(mendable(error));
    return 1;
  }
  console.log(whereEverythingIs(pipeline));
  const name = await interruption.happened;
  console.log(styleText("dim", "stopping"));
  await pipeline.stop();
  console.log(styleText("dim", "stopped"));
  // Ctrl-C is how this command is meant to end.
  return name === "SIGINT" ? 0 : (EXIT_STATUS[name] ?? 1);
}

process.exitCode = await main();
