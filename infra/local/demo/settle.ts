/** Waits until the pipeline has nothing left to do, so that a row that comes late would be seen. */
import { systemClock } from "#services/shared/clock.ts";

const TRIES = 60;
const PAUSE_MS = 500;

/**
 * Asks for a drain and then a load, as Cloud Scheduler does on Google Cloud, until both say that there was
 * nothing. @throws Error when they do not come to rest
 * @param tries rounds of each, half a second apart
 */
export async function settle(batcherUrl: string, loaderUrl: string, tries = TRIES): Promise<void> {
  for (let attempt = 0; attempt < tries; attempt++) {
    const drained = await outcomeOf(`${batcherUrl}/drain`);
    const loaded = await outcomeOf(`${loaderUrl}/load`);
    if (drained === "empty" && loaded === "empty") return;
    await systemClock.sleep(PAUSE_MS);
  }
  throw new Error(`batcher and loader did not come to rest in ${tries} rounds`);
}

/** `undefined` when the service does not answer; it may be on its way back. */
async function outcomeOf(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { method: "POST" });
    return ((await response.json()) as { outcome?: string }).outcome;
  } catch {
    return undefined;
  }
}
