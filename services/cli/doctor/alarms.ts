/** What wakes batcher and loader: the queues, their tasks, and the safety net. */
import { type SchedulerJob, schedulerJobs } from "#services/shared/gcp/look/operations.ts";
import type { WaitingTask } from "#services/shared/gcp/look/tasks.ts";
import { ageText } from "../age.ts";
import type { Check, Finding, Part } from "./check.ts";
import type { Exam } from "./exam.ts";

/** There are a handful: one per window, and one for each window ahead that somebody asked for. */
const TASKS_MAX = 1_000;

export const alarms: Check = {
  name: "alarms",
  title: "Alarms",
  parts: (exam) => [
    ...Object.values(exam.deployment.queues).map((name) => queue(exam, name)),
    safetyNet(exam),
  ],
};

function queue(exam: Exam, name: string): Part {
  const what = `queue ${name}`;
  const { project, location } = exam.deployment;
  const at = `--project=${project} --location=${location}`;
  return {
    what,
    look: async () => {
      const state = await exam.tasks.state(name);
      const tasks = await exam.tasks.tasks(name, TASKS_MAX);
      if (state === undefined || tasks === undefined)
        return [
          {
            verdict: "broken",
            what,
            found: "there is no such queue",
            advice: "pullhouse doctor --only configuration",
          },
        ];
      if (state !== "RUNNING") {
        const found = `it is ${state.toLowerCase()}, with ${amountOf(tasks)}: nobody is woken`;
        return [{ verdict: "broken", what, found, advice: `gcloud tasks queues resume ${name} ${at}` }];
      }
      return [taskFinding(what, tasks, exam)];
    },
  };
}

function taskFinding(what: string, tasks: readonly WaitingTask[], { now, lateAfterMs }: Exam): Finding {
  const waits = tasks.map((task) => ({ task, forMs: now() - (task.firstTriedAt ?? task.scheduledAt) }));
  const byAge = waits.toSorted((a, b) => b.forMs - a.forMs);
  // One that fails holds up those behind it, however long they wait.
  const oldest = byAge.find(({ task }) => task.lastError !== undefined) ?? byAge[0];
  if (oldest === undefined || (oldest.forMs <= 0 && oldest.task.lastError === undefined))
    return { verdict: "ok", what, found: `running, ${amountOf(tasks)}` };
  const { task, forMs } = oldest;
  const since = ageText(forMs);
  const isLate = forMs > lateAfterMs;
  if (task.lastError === undefined) {
    const found = `running, ${amountOf(tasks)}, the oldest due for ${since}`;
    if (!isLate) return { verdict: "ok", what, found };
    const advice = `the service takes its time or does not answer: the log of ${task.url}`;
    return { verdict: "broken", what, found, advice };
  }
  return {
    verdict: isLate ? "broken" : "look",
    what,
    found: `${task.url} fails for ${since}, ${task.attempts} times: ${task.lastError}`,
    advice: "it is tried until it works; the log of that service says why it fails",
  };
}

function amountOf(tasks: readonly WaitingTask[]): string {
  const count = tasks.length;
  return `${count === TASKS_MAX ? `${count} or more` : count} ${count === 1 ? "task" : "tasks"}`;
}

/** The jobs of infra/gcp call the same addresses as the tasks do. */
const PATHS = ["/drain", "/load"];

function safetyNet({ google, deployment }: Exam): Part {
  const what = "safety net";
  return {
    what,
    look: async () => {
      if (google === undefined)
        return [
          { verdict: "not checked", what, found: "Cloud Scheduler, which the local cloud does not have" },
        ];
      const jobs = await schedulerJobs(google, deployment);
      return PATHS.map((path) => jobFinding(path, jobs, deployment));
    },
  };
}

function jobFinding(path: string, jobs: readonly SchedulerJob[], deployment: Exam["deployment"]): Finding {
  const what = `safety net ${path}`;
  const at = `--project=${deployment.project} --location=${deployment.location}`;
  const job = jobs.find(({ httpTarget }) => httpTarget?.uri?.endsWith(path));
  if (job === undefined) {
    const found = `no job of Cloud Scheduler in ${deployment.location} calls it: an alarm that is lost is not made up for`;
    return { verdict: "look", what, found, advice: "`make deploy` creates it" };
  }
  const name = job.name.slice(job.name.lastIndexOf("/") + 1);
  if (job.state !== "ENABLED") {
    const found = `the job ${name} is ${job.state.toLowerCase()}`;
    return { verdict: "look", what, found, advice: `gcloud scheduler jobs resume ${name} ${at}` };
  }
  const { code = 0, message = "no message" } = job.status ?? {};
  if (code !== 0) {
    const found = `the last call of the job ${name} failed: ${message} (${code})`;
    return { verdict: "look", what, found, advice: `gcloud scheduler jobs describe ${name} ${at}` };
  }
  return { verdict: "ok", what, found: `${name}, last call ${job.lastAttemptTime ?? "not yet"}` };
}
