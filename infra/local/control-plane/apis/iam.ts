/** IAM: service accounts and a project's custom roles. */
import { accountEmail, forgetAccount, noteAccount } from "../accounts.ts";
import { type Call, type Handler, type Handlers, nextEtag, projectNumber, projectOf } from "../call.ts";
import { collectionHandlers, existing, fullName, namedIn } from "../collection.ts";
import { patched } from "../fields.ts";
import { type Json, recordAt, textAt } from "../json.ts";
import { renameDeletedMember } from "../policy.ts";

const ACCOUNTS = "iam.projects.serviceAccounts";
const ROLES = "iam.projects.roles";

const DAY_MS = 86_400_000;

/**
 * A deleted role can be restored for 7 days, and its id is free again 30 days later
 * (https://cloud.google.com/iam/docs/creating-custom-roles#deleting-custom-role).
 */
const ROLE_ID_BLOCKED_MS = 37 * DAY_MS;

const projectIn = (call: Call) => projectOf(namedIn(call)) ?? "";

const emailIn = (call: Call) => accountEmail(projectIn(call), textAt(call.body, "accountId"));

function account(resource: Json, call: Call, before: Json | undefined): Json {
  const email = textAt(resource, "name").split("/").at(-1) ?? "";
  const project = projectOf(textAt(resource, "name")) ?? "";
  const uniqueId = `1${projectNumber(project)}${String(call.world.state.next()).padStart(8, "0")}`;
  return {
    ...resource,
    projectId: project,
    email,
    uniqueId: before?.["uniqueId"] ?? uniqueId,
    oauth2ClientId: before?.["oauth2ClientId"] ?? uniqueId,
    etag: nextEtag(call.world),
  };
}

const accounts = collectionHandlers({
  prefix: ACCOUNTS,
  schema: "ServiceAccount",
  items: "accounts",
  created: (call) => `projects/${projectIn(call)}/serviceAccounts/${emailIn(call)}`,
  resourceIn: ({ body }) => recordAt(body, "serviceAccount"),
  maskIn: ({ body }) => textAt(body, "updateMask"),
  filled: account,
  afterCreate: (call) => noteAccount(call.world, emailIn(call)),
});

const deleteAccount: Handler = (call) => {
  const { email, uniqueId } = existing(call, namedIn(call));
  forgetAccount(call.world, String(email));
  renameDeletedMember(call.world, String(email), String(uniqueId));
  const remove = accounts[`${ACCOUNTS}.delete`] as Handler;
  return remove(call);
};

const roles = collectionHandlers({
  prefix: ROLES,
  schema: "Role",
  items: "roles",
  created: (call) => `projects/${projectIn(call)}/roles/${textAt(call.body, "roleId")}`,
  resourceIn: ({ body, method }) => (method.id.endsWith(".create") ? recordAt(body, "role") : body),
  filled: (role, { world }) => ({ ...role, etag: nextEtag(world) }),
});

/** A deleted role is answered with `deleted`, and its id stays taken. */
const deleteRole: Handler = (call) => setRole(call, { deleted: true });

const undeleteRole: Handler = (call) => setRole(call, { deleted: undefined });

function setRole(call: Call, change: Json): Json {
  const name = fullName(call, namedIn(call));
  const { world, method } = call;
  const mask = Object.keys(change).join(",");
  const role = patched(existing(call, namedIn(call)), change, mask, "Role", method.api.schemas);
  const next = { ...role, etag: nextEtag(world) };
  world.state.resources.set(name, next);
  if (change["deleted"] === true) world.state.blocked.set(name, world.nowMs() + ROLE_ID_BLOCKED_MS);
  else world.state.blocked.delete(name);
  return next;
}

export const IAM: Handlers = {
  ...accounts,
  [`${ACCOUNTS}.delete`]: deleteAccount,
  ...roles,
  [`${ROLES}.delete`]: deleteRole,
  [`${ROLES}.undelete`]: undeleteRole,
};
