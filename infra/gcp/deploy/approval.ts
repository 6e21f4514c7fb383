/** Shows what a plan would change, and asks. */
import type { Approval } from "./apply.ts";
import { type Change, typeOf } from "./messages.ts";
import { DeployError, type Tools } from "./tools.ts";

/** More than so many of one kind are counted by their type. */
const NAMED_MAX = 12;

const SIGNS: Readonly<Record<Change["action"], string>> = {
  create: "+ create",
  update: "~ change",
  import: "= take over",
  replace: "± REPLACE",
  delete: "- DELETE",
};

/** Whatever is replaced or deleted is named, each on its own line. */
function describeChanges(changes: readonly Change[]): readonly string[] {
  return (Object.keys(SIGNS) as Change["action"][]).flatMap((action) => {
    const addresses = changes.filter((change) => change.action === action).map(({ address }) => address);
    const isNamed = action === "replace" || action === "delete" || addresses.length <= NAMED_MAX;
    const lines = isNamed ? addresses.toSorted() : countsByType(addresses);
    return lines.map((line) => `  ${SIGNS[action]} ${line}`);
  });
}

function countsByType(addresses: readonly string[]): readonly string[] {
  const types = Map.groupBy(addresses, typeOf);
  return [...types].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([type, all]) => `${all.length} ${type}`);
}

/**
 * One answer counts for every step of a run. A step that goes further asks again: it may change no other resource, and
 * delete only what was to be deleted, or what this run itself created and Terraform holds for damaged.
 * @param always addresses that may be updated in any case, since the person was told so
 */
export function createApproval(tools: Tools, isApproved: boolean, always: RegExp): Approval {
  const approved = new Map<string, Change["action"]>();
  const isWithin = ({ address, action }: Change) => {
    const before = approved.get(address);
    if (before === undefined) return action === "update" && always.test(address);
    if (action === "delete") return before === "delete";
    return action !== "replace" || before === "replace" || before === "create";
  };
  return {
    unapproved: (changes) => (isApproved ? [] : changes.filter((change) => !isWithin(change))),
    async askFor(changes) {
      for (const line of describeChanges(changes)) tools.say(line);
      if (!isApproved && changes.length > 0) {
        const answer = await tools.question('type "yes" to go on: ');
        if (answer !== "yes") throw new DeployError("nothing more was changed; YES=1 does not ask");
      }
      for (const { address, action } of changes) approved.set(address, action);
    },
  };
}
