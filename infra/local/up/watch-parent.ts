/**
 * Preloaded into every part: ends the part when the process that started it is gone, however that ended.
 * The channel to the parent closes with it, even on kill -9.
 */
import process from "node:process";

/** Longer than any part's own stop, which is bounded at nine seconds (services/shared/http.ts). */
const PATIENCE_MS = 10_000;

if (process.channel !== undefined && process.channel !== null) {
  process.once("disconnect", () => {
    process.kill(process.pid, "SIGTERM");
    setTimeout(() => process.kill(process.pid, "SIGKILL"), PATIENCE_MS).unref();
  });
  // A part that has nothing else to do may end.
  process.channel.unref();
}
