/** Where a proof looks, from the variables of a deployment. */
import type { Env } from "#services/shared/config.ts";
import { lateAfter } from "../late.ts";
import { bucketPlace, queuePlace, warehousePlace, windowPlace } from "../place.ts";
import type { Places } from "./prove.ts";

interface Given {
  readonly project?: string;
  readonly dataset?: string;
  readonly bucket?: string;
  /** Milliseconds; by the window, if left out. */
  readonly lateAfterMs?: number;
}

/** @throws PipelineError CONFIG_INVALID */
export function provePlaces(env: Env, { lateAfterMs, ...given }: Given = {}): Places {
  return {
    warehouse: warehousePlace(env, given),
    bucket: bucketPlace(env, given),
    queue: queuePlace(env, given),
    lateAfterMs: lateAfterMs ?? lateAfter(windowPlace(env, given)),
  };
}
