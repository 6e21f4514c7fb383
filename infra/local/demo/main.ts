/** `make demo`: the whole pipeline on signed events, and the proof that each is one row. */
import { styleText } from "node:util";
import { PipelineError } from "#services/shared/errors.ts";
import { EXIT_STATUS, onInterruption } from "../up/interruption.ts";
import { mendable, noticeLine } from "../up/messages.ts";
import { type Pipeline, startPipeline } from "../up/pipeline.ts";
import { runDemo } from "./run.ts";
import { type DemoSettings, readDemoSettings } from "./settings.ts";

const say = (text: string) => console.log(text);

async function main(): Promise<number> {
  const interruption = onInterruption();
  const { signal } = interruption;
  const interrupted = interruption.happened.then((name) => EXIT_STATUS[name] ?? 1);
  let settings: DemoSettings;
  let pipeline: Pipeline;
  const startedAt = performance.now();
  try {
    settings = readDemoSettings(process.env);
    const { events, seed } = settings;
    say(styleText("bold", `Pullhouse: ${events.toLocaleString("en-US")} signed pull events, SEED=${seed}`));
    pipeline = await startPipeline({
      env: process.env,
      notice: (notice) => say(noticeLine(notice)),
      signal,
    });
  } catch (error) {
    if (signal.aborted) return interrupted;
    console.error(mendable(error));
    return 1;
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  say(styleText("dim", `${pipeline.parts.length} processes are up after ${seconds} s`));
  try {
    const demo = { pipeline, settings, say, live: process.stderr.isTTY, signal };
    const finished = runDemo(demo).then((exact) => (exact ? 0 : 1));
    // What is under way when Ctrl-C comes is left alone; its failures are of no interest.
    finished.catch(() => undefined);
    return await Promise.race([finished, interrupted]);
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    console.error(styleText("red", `${error.code}: ${error.message}`, { stream: process.stderr }));
    return 1;
  } finally {
    await pipeline.stop();
  }
}

process.exit(await main());
