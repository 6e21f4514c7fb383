/** Which server a contract is run against. */
import type { Rig } from "./rig.ts";

export interface Target {
  /** Called within tests only. */
  readonly rig: () => Rig;
  /** It lacks some of what Google Cloud does: those tests are skipped, their names end with "(the emulator cannot)". */
  readonly isGoogleEmulator: boolean;
}
