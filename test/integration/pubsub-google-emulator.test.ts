/** Google's own emulator keeps the queue's contract, which shows that the contract is Google's and not ours alone. */
import { afterAll, beforeAll, describe } from "vitest";
import { findEmulator, type GoogleEmulator, startEmulator } from "./pubsub/google-emulator.ts";
import { pubsubContract } from "./pubsub-contract.ts";

const found = findEmulator();
const lacking = "missing" in found ? ` (skipped: ${found.missing})` : "";

describe.skipIf(lacking !== "")(`with the emulator of gcloud${lacking}`, () => {
  let emulator: GoogleEmulator;
  beforeAll(async () => {
    if ("path" in found) emulator = await startEmulator(found.path);
  });
  // Hooks end in reverse order: the contract's clients are closed before.
  afterAll(() => emulator?.stop());
  pubsubContract("Google's emulator", () => emulator.port, { isGoogleEmulator: true });
});
