/** What to do about an error that does not go away, in one line. */
import type { Diagnostic } from "./messages.ts";
import { transientOf } from "./transient.ts";

interface Advice {
  readonly pattern: RegExp;
  readonly say: string;
}

const ADVICE: readonly Advice[] = [
  {
    pattern: /Error acquiring the state lock/,
    say: "somebody else is deploying, or a run was killed: wait for them, or unlock with the ID above, `terraform -chdir=cdktf.out/stacks/pullhouse force-unlock ID`",
  },
  {
    pattern: /Instance cannot be destroyed/,
    say: "the change would replace what holds events: take it back, or give the new deployment a prefix of its own (docs/operate/deploy.md)",
  },
  {
    // "tombstone window of up to 3 days" (https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues/delete).
    pattern: /queue with this name existed (?:too )?recently|Queue does not exist/,
    say: 'set another "queueSuffix" in pullhouse.config.json: the name of a deleted queue is blocked for days',
  },
  {
    pattern: /cannot destroy (?:table|instance|service) without setting deletion_protection/i,
    say: '"deletionProtection": false, make deploy, and then again',
  },
  {
    pattern: /already ?exists|Error 409/i,
    say: "it exists and is not in Terraform's state: import it (terraform -chdir=cdktf.out/stacks/pullhouse import ADDRESS ID), or delete it, and run again",
  },
  {
    pattern: /billing/i,
    say: "the project has no billing account that is open: gcloud billing projects link",
  },
  {
    pattern: /invalid_grant|could not find default credentials|reauth/i,
    say: "gcloud auth application-default login, and run again",
  },
  {
    pattern: /Error 403|PERMISSION_DENIED|permission denied/i,
    say: "you, or the service that is named above, lack a permission: docs/operate/security.md has the roles of whoever deploys; then run again",
  },
];

/** @param command what goes on from here, as `make deploy` */
export function adviseOn(errors: readonly Diagnostic[], command: string): string {
  const found = errors
    .map(({ text }) => ADVICE.find(({ pattern }) => pattern.test(text))?.say)
    .find((say) => say !== undefined);
  if (found !== undefined) return found;
  const waited = errors.map(transientOf).find((transient) => transient !== undefined);
  if (waited !== undefined)
    return `waited ${waited.limitMs / 60_000} minutes for ${waited.waitsFor}, in vain: \`${command}\` goes on from here`;
  return `mend what Terraform says above; \`${command}\` goes on from here`;
}
