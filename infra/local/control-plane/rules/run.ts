/** What Cloud Run, Cloud Tasks and Cloud Scheduler refuse. */
import { accountName, isKnownAccount } from "../accounts.ts";
import { latestVersion, secretName } from "../apis/secrets.ts";
import { type Call, OWNER, projectOf, type Rule } from "../call.ts";
import { namedIn } from "../collection.ts";
import { at, type Json, numberAt, recordsAt, textAt } from "../json.ts";
import { hasRole } from "../policy.ts";
import { isOutside, rule, secondsAt, writes } from "./rule.ts";

const SERVICE = writes("run.projects.locations.services");
const QUEUE = writes("cloudtasks.projects.locations.queues");
const JOB = writes("cloudscheduler.projects.locations.jobs");

/** https://cloud.google.com/iam/docs/service-account-permissions#user-role */
const ACT_AS = ["roles/iam.serviceAccountUser", "roles/owner", "roles/editor", "roles/run.serviceAgent"];
/** https://cloud.google.com/run/docs/container-contract#services-env-vars */
const RESERVED = new Set(["PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION"]);

const READS_SECRET = ["roles/secretmanager.secretAccessor", "roles/secretmanager.admin"];

/** The project of a resource that a call creates or changes. */
const projectIn = (call: Call) => projectOf(namedIn(call)) ?? "";

/** Every account that the resource would act as. */
function accountsIn({ body }: Call): readonly string[] {
  const paths = ["template.serviceAccount", "httpTarget.oidcToken.serviceAccountEmail"];
  return paths.map((path) => textAt(body, path)).filter((email) => email !== "");
}

function mayActAs(call: Call, email: string): boolean {
  const { world, caller } = call;
  if (caller === OWNER) return true;
  const project = projectIn(call);
  const places = [accountName(project, email), `//cloudresourcemanager.googleapis.com/projects/${project}`];
  return places.some((place) => hasRole(world, place, caller, ACT_AS));
}

const containers = ({ body }: Call) => recordsAt(at(body, "template"), "containers");

interface SecretUse {
  readonly secret: string;
  readonly version: string;
}

/** Secrets that a service's containers read, by full name. */
function secretsIn(call: Call): readonly SecretUse[] {
  const variables = containers(call).flatMap((container) => recordsAt(container, "env"));
  return variables.flatMap((variable) => {
    const reference = at(variable, "valueSource.secretKeyRef");
    const given = textAt(reference, "secret");
    if (given === "") return [];
    const id = given.split("/").at(-1) ?? "";
    return [{ secret: secretName(projectIn(call), id), version: textAt(reference, "version") || "latest" }];
  });
}

function isVersionThere({ world }: Call, { secret, version }: SecretUse): boolean {
  if (version === "latest") return latestVersion(world, secret) !== undefined;
  return textAt(world.state.resources.get(`${secret}/versions/${version}`), "state") === "ENABLED";
}

/** As the API's operation ends, with the words of https://github.com/sourcegraph/sourcegraph-public-snapshot/pull/59045. */
const notReady = (call: Call, reason: string) =>
  `Revision '${call.query["serviceId"] ?? namedIn(call).split("/").at(-1)}' is not ready and cannot serve traffic. ${reason}`;

const shortSecret = (secret: string) => secret.replace("//secretmanager.googleapis.com/", "");

/** Why a probe is not taken (https://cloud.google.com/run/docs/reference/rest/v2/Container#Probe). */
function wrongProbe(probe: Json | undefined, max: number): boolean {
  if (probe === undefined) return false;
  const period = numberAt(probe, "periodSeconds") || 10;
  const timeout = numberAt(probe, "timeoutSeconds") || 1;
  return (
    isOutside(period, 1, max) || timeout > period || isOutside(numberAt(probe, "initialDelaySeconds"), 0, max)
  );
}

export const RUN_RULES: readonly Rule[] = [
  rule({
    id: "account-not-found",
    source: "https://cloud.google.com/run/docs/troubleshooting#service-account",
    methods: [...SERVICE, ...QUEUE, ...JOB],
    code: "INVALID_ARGUMENT",
    message: (call) => {
      const missing = accountsIn(call).find((email) => !isKnownAccount(call.world, email));
      return missing === undefined ? undefined : `Service account ${missing} does not exist.`;
    },
  }),
  rule({
    id: "may-not-act-as",
    source: "https://cloud.google.com/iam/docs/service-accounts-actas",
    methods: [...SERVICE, ...QUEUE, ...JOB],
    code: "PERMISSION_DENIED",
    message: (call) => {
      const refused = accountsIn(call).find((email) => !mayActAs(call, email));
      return refused === undefined
        ? undefined
        : `Permission 'iam.serviceaccounts.actAs' denied on service account ${refused} (or it may not exist).`;
    },
  }),
  rule({
    id: "reserved-variable",
    source: "https://cloud.google.com/run/docs/configuring/services/environment-variables",
    methods: SERVICE,
    code: "INVALID_ARGUMENT",
    message: (call) => {
      const names = containers(call)
        .flatMap((container) => recordsAt(container, "env"))
        .map((variable) => textAt(variable, "name"));
      const reserved = names.filter((name) => RESERVED.has(name) || name.startsWith("X_GOOGLE_"));
      return reserved.length === 0
        ? undefined
        : `The following reserved env names were provided: ${reserved.join(", ")}. These values are automatically set by the system.`;
    },
  }),
  rule({
    id: "limits-of-service",
    source:
      "https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services#RevisionTemplate",
    methods: SERVICE,
    code: "INVALID_ARGUMENT",
    message: (call) => {
      const template = at(call.body, "template");
      if (isOutside(secondsAt(template, "timeout"), 1, 3600))
        return "timeout must be between 1 and 3600 seconds";
      if (isOutside(numberAt(template, "maxInstanceRequestConcurrency"), 0, 1000))
        return "max_instance_request_concurrency must be between 0 and 1000";
      const isWrong = containers(call).some(
        ({ startupProbe, livenessProbe }) =>
          wrongProbe(startupProbe as Json | undefined, 240) ||
          wrongProbe(livenessProbe as Json | undefined, 3600),
      );
      return isWrong ? "A probe's period, timeout or delay is out of bounds" : undefined;
    },
  }),
  rule({
    id: "limits-of-queue",
    source: "https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues#RateLimits",
    methods: QUEUE,
    code: "INVALID_ARGUMENT",
    message: ({ body }) => {
      if (isOutside(numberAt(body, "rateLimits.maxDispatchesPerSecond"), 0, 500))
        return "max_dispatches_per_second must be at most 500";
      if (isOutside(numberAt(body, "rateLimits.maxConcurrentDispatches"), 0, 5000))
        return "max_concurrent_dispatches must be at most 5000";
      return numberAt(body, "retryConfig.maxAttempts") < -1 ? "max_attempts must be at least -1" : undefined;
    },
  }),
  rule({
    id: "limits-of-job",
    source: "https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs#Job",
    methods: JOB,
    code: "INVALID_ARGUMENT",
    message: ({ body }) => {
      if (isOutside(secondsAt(body, "attemptDeadline"), 15, 1800))
        return "attempt_deadline must be between 15 seconds and 30 minutes";
      if (isOutside(numberAt(body, "retryConfig.retryCount"), 0, 5))
        return "retry_count must be between 0 and 5";
      const schedule = textAt(body, "schedule");
      return schedule !== "" && schedule.trim().split(/\s+/).length !== 5 && !schedule.startsWith("every ")
        ? "The schedule is neither five fields of unix-cron nor an interval"
        : undefined;
    },
  }),
  {
    ...rule({
      id: "secret-without-version",
      source: "https://cloud.google.com/run/docs/configuring/services/secrets#access-secret",
      methods: SERVICE,
      code: "INTERNAL",
      message: (call) => {
        const use = secretsIn(call).find((one) => !isVersionThere(call, one));
        return use === undefined
          ? undefined
          : notReady(call, `Secret ${shortSecret(use.secret)}/versions/${use.version} was not found`);
      },
    }),
    when: "operation",
  },
  {
    ...rule({
      id: "secret-not-granted",
      source: "https://github.com/sourcegraph/sourcegraph-public-snapshot/pull/59045",
      methods: SERVICE,
      code: "INTERNAL",
      message: (call) => {
        const email = textAt(call.body, "template.serviceAccount");
        const use = secretsIn(call).find(
          ({ secret }) => !hasRole(call.world, secret, `serviceAccount:${email}`, READS_SECRET),
        );
        return use === undefined
          ? undefined
          : notReady(
              call,
              `Permission denied on secret: ${shortSecret(use.secret)}/versions/${use.version} for Revision service account ${email}.`,
            );
      },
    }),
    when: "operation",
  },
];
