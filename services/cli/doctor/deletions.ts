/** Rules of the bucket that delete what is in no table yet. */
import type { Deletion } from "#services/shared/gcp/look/bucket.ts";
import { DEAD_LETTERS, EVENTS, PENDING, PLANS, QUARANTINE, SPILL, TRIALS } from "#services/shared/objects.ts";
import { OUTAGE_MAX_DAYS } from "#services/shared/retention.ts";
import type { Finding } from "./check.ts";

/** Objects here stand for events that wait, however long. */
const WAITING = [PENDING, PLANS, SPILL, TRIALS];
/** An outage may hold up what is here. */
const HELD_UP = [EVENTS, QUARANTINE, DEAD_LETTERS];

/** None for a rule that deletes nothing but what is loaded, or was decided about long ago. */
export function deletionFinding(what: string, { age, prefixes }: Deletion): readonly Finding[] {
  const reaches = (place: string) =>
    prefixes.length === 0 || prefixes.some((prefix) => place.startsWith(prefix) || prefix.startsWith(place));
  const places = [...WAITING, ...(age < OUTAGE_MAX_DAYS ? HELD_UP : [])].filter(reaches);
  if (places.length === 0) return [];
  const when = age === 0 ? "by a condition other than its age" : `after ${age} days`;
  return [
    {
      verdict: "broken",
      what,
      found: `a lifecycle rule deletes from ${places.join(", ")} ${when}: events that are in no table yet are lost`,
      advice: `remove the rule; retention in pullhouse.config.json takes ${OUTAGE_MAX_DAYS} days or more (docs/operate/deploy.md)`,
    },
  ];
}
