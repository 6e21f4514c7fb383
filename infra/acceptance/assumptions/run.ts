/** What the services take for granted of Cloud Run. */
import { ASSUMPTIONS as COST } from "#services/cli/cost/assumptions.ts";
import { type Assumption, type Evidence, failed, heldIf, untold } from "../assumption.ts";
import { type Series, timeSeries } from "../monitoring.ts";

const product = "Cloud Run";
const NO_CLOUD_RUN = "the services run as processes here";

/** Of the run's own services, from `from` on. */
function seriesOf(
  { deployment, observed, clock }: Evidence,
  metric: string,
  from = observed.startedAt,
  until = clock.now(),
) {
  const filter = `metric.type = "run.googleapis.com/${metric}" AND resource.labels.service_name = starts_with("${deployment.prefix}-")`;
  const project = deployment.env["GOOGLE_CLOUD_PROJECT"] as string;
  return timeSeries(deployment.api, project, filter, { from, until });
}

const sumOf = (series: readonly Series[]) => series.reduce((sum, one) => sum + one.sum, 0);

const health: Assumption = {
  id: "health-is-ours",
  product,
  statement: "GET /health reaches the container, unlike /healthz.",
  source: "https://cloud.google.com/run/docs/known-issues",
  async check({ deployment }) {
    const { status } = await fetch(`${deployment.receiverUrl}/health`);
    return heldIf(status === 200, `/health answered ${status}`);
  },
};

const internal: Assumption = {
  id: "internal-ingress",
  product,
  statement:
    "Cloud Tasks and Cloud Scheduler of the project reach batcher and loader; requests from elsewhere don't.",
  source: "https://cloud.google.com/run/docs/securing/ingress",
  onlyGoogle: NO_CLOUD_RUN,
  async check({ deployment }) {
    const rounds = (await deployment.lines("batcher")).filter(({ message }) => message === "drained").length;
    const { status } = await fetch(`${deployment.env["BATCHER_URL"] as string}/drain`, { method: "POST" });
    return heldIf(
      rounds > 0 && (status === 404 || status === 403),
      `${rounds} rounds by tasks; from here POST /drain answered ${status}`,
    );
  },
};

const MS_PER_S = 1000;
const START_SECONDS_MAX = 2;

const start: Assumption = {
  id: "start-takes-two-seconds",
  product,
  statement: `An instance is ready within ${START_SECONDS_MAX} seconds on average: the TCP probe is tried once and waits (a guess of docs/operate/cost.md).`,
  source: "https://cloud.google.com/run/docs/configuring/healthchecks#tcp-startup-probe",
  onlyGoogle: NO_CLOUD_RUN,
  async check(evidence) {
    const series = await seriesOf(evidence, "container/startup_latencies");
    const starts = series.reduce((sum, one) => sum + one.count, 0);
    if (starts === 0) return untold("Cloud Monitoring shows no start yet");
    const seconds = sumOf(series) / starts / MS_PER_S;
    return heldIf(seconds <= START_SECONDS_MAX, `${starts} starts, ${seconds.toFixed(2)} s on average`);
  },
};

/** After the last request an instance may still be billed for what it was doing. */
const SETTLING_MS = 120_000;

const idle: Assumption = {
  id: "idle-is-nothing",
  product,
  statement: "While nothing happens no instance is billed.",
  source: "https://cloud.google.com/run/docs/configuring/billing-settings",
  onlyGoogle: NO_CLOUD_RUN,
  async check(evidence) {
    const { idle: window } = evidence.observed;
    if (window === undefined) return untold("the run was not told to be idle (IDLE_SECONDS)");
    const series = await seriesOf(
      evidence,
      "container/billable_instance_time",
      window.from + SETTLING_MS,
      window.until,
    );
    const seconds = sumOf(series);
    return heldIf(
      seconds === 0,
      `${seconds.toFixed(1)} billed seconds in ${Math.round((window.until - window.from - SETTLING_MS) / MS_PER_S)} s`,
    );
  },
};

const billedRequest: Assumption = {
  id: "request-bills-100-ms",
  product,
  statement: `One request keeps the receiver for ${COST.receiverSeconds.value} s at most on average (docs/operate/cost.md).`,
  source: "https://cloud.google.com/run/pricing",
  onlyGoogle: NO_CLOUD_RUN,
  async check(evidence) {
    const series = await seriesOf(evidence, "container/billable_instance_time");
    const receiver = series.filter(({ labels }) => labels["service_name"]?.endsWith("-receiver"));
    const seconds = sumOf(receiver);
    if (seconds === 0) return untold("Cloud Monitoring shows no billed time yet");
    const each = seconds / evidence.observed.requests;
    return heldIf(
      each <= COST.receiverSeconds.value,
      `${seconds.toFixed(1)} s for ${evidence.observed.requests} requests, ${each.toFixed(3)} s each`,
    );
  },
};

const stop: Assumption = {
  id: "ten-seconds-to-stop",
  product,
  statement: "An instance gets SIGTERM ten seconds before it ends, which a service needs nine of.",
  source: "https://cloud.google.com/run/docs/container-contract#instance-shutdown",
  onlyGoogle: "services are killed without a warning here",
  async check({ deployment }) {
    const lines = (
      await Promise.all((["receiver", "batcher", "loader"] as const).map((one) => deployment.lines(one)))
    ).flat();
    const count = (wanted: string) => lines.filter(({ message }) => message === wanted).length;
    const [stopping, stopped] = [count("stopping"), count("stopped")];
    if (stopping === 0) return failed("no service was told to stop, though revisions were deleted");
    return heldIf(stopped === stopping, `${stopping} told to stop, ${stopped} stopped by themselves`);
  },
};

const row: Assumption = {
  id: "row-within-a-window",
  product,
  statement:
    "On a quiet pipeline an event's row can be queried within a window, five seconds, two starts and the time of a load.",
  source: "https://cloud.google.com/tasks/docs/creating-http-target-tasks",
  async check({ deployment, observed }) {
    const { loneMs } = observed;
    if (loneMs === undefined) return failed("the event has no row");
    // Two starts of two seconds, and the ten of a load (docs/operate/cost.md).
    const most = 1000 * (Number(deployment.env["WINDOW_SECONDS"]) + 5 + 4 + 10);
    return heldIf(loneMs <= most, `${(loneMs / 1000).toFixed(1)} s; ${most / 1000} s at most`);
  },
};

export const CLOUD_RUN: readonly Assumption[] = [health, internal, start, stop, row, idle, billedRequest];
