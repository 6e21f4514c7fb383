/** One seed: senders, three services in several processes, everything that may go wrong, and the reckoning. */
import "./without-compression.ts";
import { createDrain, type Drain } from "#services/batcher/one-round.ts";
import { below, chance, pick } from "#services/cli/generate/random.ts";
import { type LoadLimits, load } from "#services/loader/load.ts";
import { Durable } from "#services/receiver/durable.ts";
import { FairSlots } from "#services/receiver/fair-slots.ts";
import { createPrivacy } from "#services/receiver/privacy/privacy.ts";
import { type ReceiveDeps, receive } from "#services/receiver/receive.ts";
import { Waker } from "#services/receiver/waker.ts";
import { OUTAGE_MAX_DAYS } from "#services/shared/retention.ts";
import { toRow } from "#services/shared/row/row.ts";
import type { Registry } from "#services/shared/schema/registry.ts";
import type { Trace } from "#services/shared/trace.ts";
import type { Outage } from "./bigquery.ts";
import { batcherCall, instancePorts, sourceOf } from "./calls.ts";
import { Cloud } from "./cloud.ts";
import { chooseOutage, deleteByHand } from "./conditions.ts";
import { identityOf, makeEvents, type SentEvent } from "./events.ts";
import { Instance, type InstanceDeps, type Service, type Task } from "./instance.ts";
import { brokenInvariants } from "./invariants.ts";
import type { Bug } from "./planted-bugs.ts";
import { newer, older } from "./versions.ts";
import { World } from "./world.ts";

// Nobody reads the stacks of the errors that are made here, and to write them down took a tenth of the time.
Error.stackTraceLimit = 0;

const TRACE: Trace = { id: "1".repeat(32), spanId: "2".repeat(16), sampled: false };
const privacy = createPrivacy({ address: "full", email: "full", key: "" });
const maxBodyBytes = { chainguard: 1e6, zot: 1e6, msr: 1e6, harbor: 1e6, distribution: 1e6 };
const owners = { reasonAgainst: () => undefined };
const never = new AbortController().signal;

const DAY_MS = 24 * 3_600_000;
const WINDOW_MS = 10_000;
const SEND_FOR_MS = 60_000;
const FAULTS_FOR_MS = 180_000;
/** Without the safety net everything is a row by then. */
const SOON_MS = 4 * 3_600_000;
const NET_EVERY_MS = 6 * 3_600_000;
const END_AFTER_MS = 31 * 3_600_000;
/** Of staging tables; the deployed dataset has seven days. */
const STAGING_LIVES_MS = [60_000, 600_000, 3_600_000, 24 * 3_600_000, 7 * 24 * 3_600_000] as const;
const DISPATCH_DEADLINE_MS = 600_000;
const SENDER_TIMEOUT_MS = 30_000;

export interface Result {
  readonly seed: string;
  /** Names of invariants, each with what was seen. */
  readonly broken: readonly string[];
  readonly world: World;
  readonly accepted: number;
}

export interface RunOptions {
  readonly seed: string;
  readonly bug?: Bug;
  /** BigQuery refuses statements for so long; without it the seed decides. */
  readonly outageDays?: number;
  /** Of messages and archived objects, before they are deleted; without it as they are deployed. */
  readonly lifeDays?: number;
}

export async function simulate({ seed, bug, outageDays, lifeDays }: RunOptions): Promise<Result> {
  const world = new World(seed);
  const stagingLifeMs = pick(world.random, STAGING_LIVES_MS);
  const cloud = new Cloud(world, stagingLifeMs);
  const outage: Outage | undefined =
    outageDays === undefined ? chooseOutage(world) : { of: "dml", until: world.now + outageDays * DAY_MS };
  cloud.bigquery.outage = outage;
  if (bug !== undefined) Object.assign(cloud.bigquery, bug.bigquery);
  const run = new Run(world, cloud, bug);
  const start = world.now;
  const worksFrom = Math.max(start + FAULTS_FOR_MS, outage?.until ?? 0);
  const events = makeEvents(world);
  for (const sent of events) world.after(world.between(0, SEND_FOR_MS), () => void run.send(sent));
  const end = worksFrom + END_AFTER_MS;
  for (let at = start + NET_EVERY_MS; at < end; at += NET_EVERY_MS)
    world.after(at - start, () => run.safetyNet());
  deleteByHand(world, cloud, worksFrom - start);
  const lifeMs = (lifeDays ?? OUTAGE_MAX_DAYS) * DAY_MS;
  for (let at = start + DAY_MS; at < end; at += DAY_MS)
    world.after(at - start, () => cloud.deleteOld(lifeMs));
  await world.runUntil(start + FAULTS_FOR_MS);
  world.isFaulty = false;
  run.endRollOut();
  await world.runUntil(worksFrom + SOON_MS);
  const { accepted, decided, isRolledBack } = run;
  const seen = { events, accepted, decided, isRolledBack };
  const mayWait = cloud.lentToDead || MAY_WAIT.some((fault) => world.has(fault));
  const soon = mayWait ? [] : brokenInvariants(cloud, { ...seen, isEnd: false });
  await world.runUntil(end);
  const late = brokenInvariants(cloud, { ...seen, isEnd: true });
  return {
    seed,
    broken: [...new Set([...soon, ...late, ...run.broken])],
    world,
    accepted: run.accepted.size,
  };
}

/**
 * Then an event may wait for the next one or for the safety net: an alarm that never comes; a receiver whose clock is
 * behind, as it asks for windows whose alarms have come already, set by others whose clocks are right; a queue that shows
 * nothing although it has messages, at both looks. So it may when a pull comes to the queue after its sender was killed:
 * then its messages are on loan at both looks, too.
 */
const MAY_WAIT = ["alarm never", "wrong clock", "empty pull"] as const;

type Call = Pick<Task, "name" | "type">;
type ReceiverParts = Pick<ReceiveDeps, "durable" | "waker" | "inFlight">;

class Run {
  readonly accepted = new Set<string>();
  readonly decided = new Map<string, Set<string>>();
  readonly broken = new Set<string>();
  readonly #world: World;
  readonly #cloud: Cloud;
  readonly #deps: InstanceDeps;
  readonly #limits;
  readonly #instances: Record<Service, Instance[]> = { receiver: [], batcher: [], loader: [] };
  readonly #receivers = new WeakMap<Instance, ReceiverParts>();
  readonly #registries = new WeakMap<Instance, Registry>();
  readonly #hasTwoVersions: boolean;
  readonly #loading: Pick<LoadLimits, "inline" | "jobPatienceMs">;
  /** `undefined` as long as both versions run; in the end it is the newer, or the newer was rolled back. */
  #endsNewer: boolean | undefined;
  /** By task queue, in seeds in which a queue waits for the end of a call before the next, as the deployed ones do. */
  readonly #turns: Record<"drain" | "load", Promise<unknown>> | undefined;
  readonly #drains = new WeakMap<Instance, Drain>();
  #ids = 0;

  constructor(world: World, cloud: Cloud, bug: Bug | undefined) {
    this.#world = world;
    this.#cloud = cloud;
    const leaseSeconds = pick(world.random, [10, 30, 60]);
    this.#hasTwoVersions = chance(world.random, 0.3);
    this.#loading = {
      jobPatienceMs: pick(world.random, [0, 300, 5_000, 200_000]),
      inline: chance(world.random, 0.5),
    };
    this.#turns = chance(world.random, 0.5)
      ? { drain: Promise.resolve(), load: Promise.resolve() }
      : undefined;
    this.#limits = {
      workers: 1 + below(world.random, 2),
      batchMaxMessages: 5 + below(world.random, 40),
      batchMaxSize: 1e6,
      batchMaxAgeMs: 2_500,
      pullWaitMs: 1_000,
      pullAgainMs: 1_000,
      pullPatienceMs: 200,
      leaseSeconds,
      suspectAttempts: 5,
      windowMs: WINDOW_MS,
      roundMaxMs: 60_000,
    };
    this.#deps = {
      world,
      cloud,
      windowMs: WINDOW_MS,
      leaseSeconds,
      settings: {
        project: "simulation",
        dataset: "events",
        stagingDataset: "staging",
        bucket: "simulation",
        jobTimeoutMs: 200_000,
      },
      bug,
      schedule: (task) => this.#schedule(task),
      // The order of ids is that of time, as with ULIDs.
      newId: () => `01SIM${String(++this.#ids).padStart(21, "0")}`,
    };
    for (const service of ["receiver", "batcher", "loader"] as const)
      for (let count = 1 + below(world.random, 3); count > 0; count--) this.#start(service);
  }

  #start(service: Service): void {
    const instance = new Instance(service, this.#deps);
    this.#instances[service].push(instance);
    const isNewer = this.#hasTwoVersions && (this.#endsNewer ?? chance(this.#world.random, 0.5));
    if (isNewer && this.#endsNewer === undefined) this.#world.count("two versions");
    this.#registries.set(instance, isNewer ? newer : older);
    void this.#replaceWhenDead(instance);
    const ports = { ...instancePorts(instance), registry: isNewer ? newer : older };
    if (service === "batcher") this.#drains.set(instance, createDrain(ports, this.#limits, never));
    if (service !== "receiver") return;
    const { clock } = instance;
    const timeouts = { publishTimeoutMs: 2_000, spillTimeoutMs: 5_000 };
    this.#receivers.set(instance, {
      durable: new Durable({ ...timeouts, ...instancePorts(instance) }),
      waker: new Waker({ ...instancePorts(instance), windowMs: WINDOW_MS }),
      inFlight: new FairSlots(
        { slots: 50, waiting: 50, waitMs: 1_000, sources: ["chainguard", "zot"] },
        clock,
      ),
    });
  }

  endRollOut(): void {
    if (!this.#hasTwoVersions) return;
    this.#endsNewer = chance(this.#world.random, 0.7);
    const last = this.#endsNewer ? newer : older;
    for (const instance of Object.values(this.#instances).flat())
      if (this.#registries.get(instance) !== last) instance.kill();
  }

  /** Whether batchers of the older version must write what receivers of the newer one have judged. */
  get isRolledBack(): boolean {
    return this.#endsNewer === false;
  }

  async #replaceWhenDead(instance: Instance): Promise<void> {
    const { service } = instance;
    await instance.dead;
    this.#instances[service] = this.#instances[service].filter((one) => one !== instance);
    this.#world.after(this.#world.between(50, 5_000), () => this.#start(service));
  }

  /** A sender that may give up, may send again what was taken, and counts only what it was told. */
  async send(sent: SentEvent): Promise<void> {
    for (let attempt = 0; attempt < 6; attempt++) {
      const isTaken = await this.#post(sent);
      if (isTaken) this.accepted.add(identityOf(sent.sender, sent.event.id));
      if (isTaken && !this.#world.strikes("sent twice")) return;
      if (!isTaken && chance(this.#world.random, 0.1)) return;
      await new Promise<void>((resolve) => this.#world.after(this.#world.between(100, 20_000), resolve));
    }
  }

  /** Whether the sender was told that it is taken: not by who died on the way, and not after its patience. */
  async #post(sent: SentEvent): Promise<boolean> {
    const receivers = this.#instances.receiver;
    if (receivers.length === 0) return false;
    const instance = pick(this.#world.random, receivers);
    const parts = this.#receivers.get(instance) as ReceiverParts;
    instance.thaw();
    const registry = this.#registries.get(instance) as Registry;
    this.#decide(sent, registry);
    const deps = { registry, ...parts, privacy, owners, clock: instance.clock, maxBodyBytes };
    const request = {
      headers: new Headers(),
      url: "http://simulation/",
      trace: TRACE,
      readBody: async () => ({ outcome: "read" as const, bytes: sent.event.data }),
    };
    const answer = receive(deps, sourceOf(sent), request);
    return this.#orNothing(instance, SENDER_TIMEOUT_MS, async () => (await answer).outcome === "accepted");
  }

  #decide({ sender, event }: SentEvent, registry: Registry): void {
    const { table } = toRow(registry, event, { source: sender, receivedAt: 0 }).table;
    const identity = identityOf(sender, event.id);
    this.decided.set(identity, (this.decided.get(identity) ?? new Set()).add(table));
  }

  /** `false` when the process dies first or the time is up; what it throws breaks a rule. */
  async #orNothing(instance: Instance, ms: number, work: () => Promise<boolean>): Promise<boolean> {
    const late = new Promise<false>((resolve) => this.#world.after(ms, () => resolve(false)));
    try {
      return await Promise.race([work(), late, instance.dead.then(() => false)]);
    } catch (error) {
      this.broken.add(`a ${instance.service} never throws: ${String(error)}`);
      return false;
    }
  }

  safetyNet(): void {
    for (const name of ["drain", "load"] as const) void this.#dispatch({ name, type: undefined }, 0);
  }

  /** A name is taken once; what it was taken for has run by the time that somebody hears so. */
  #schedule({ id, at, ...call }: Task): void {
    const world = this.#world;
    if (this.#cloud.tasks.has(id)) return;
    this.#cloud.tasks.set(id, "open");
    if (world.strikes("alarm never")) return;
    const late = world.strikes("alarm late") ? world.between(1_000, 600_000) : world.between(0, 300);
    const fire = () => void this.#dispatch(call, 0).then(() => this.#cloud.tasks.set(id, "done"));
    world.after(Math.max(0, at - world.now) + late, fire);
    if (world.strikes("alarm twice"))
      world.after(Math.max(0, at - world.now) + late + world.between(0, 5_000), fire);
  }

  /** Cloud Tasks: again, with a back-off, until somebody answers that all went well. */
  async #dispatch(call: Call, attempt: number): Promise<void> {
    if (await this.#inTurn(call, attempt)) return;
    const backoff = Math.min(1_000 * 2 ** attempt, 60_000);
    await new Promise<void>((resolve) => this.#world.after(backoff, resolve));
    return this.#dispatch(call, attempt + 1);
  }

  #inTurn(call: Call, attempt: number): Promise<boolean> {
    const queue = call.name === "load" || call.name === "resume" ? "load" : "drain";
    const work = () => this.#work(call, queue === "load" ? "loader" : "batcher", attempt);
    if (this.#turns === undefined) return work();
    this.#world.count("one call at a time");
    const done = this.#turns[queue].then(work);
    this.#turns[queue] = done;
    return done;
  }

  async #work({ name, type }: Call, service: Service, attempt: number): Promise<boolean> {
    const instances = this.#instances[service];
    if (instances.length === 0) return false;
    const instance = pick(this.#world.random, instances);
    const ports = { ...instancePorts(instance), registry: this.#registries.get(instance) as Registry };
    this.#world.note(`${service} called: ${name}, attempt ${attempt}`);
    instance.thaw();
    const report =
      service === "loader"
        ? load(
            ports,
            {
              workers: 2,
              objectsMax: 50,
              bytesMax: 1e9,
              roundMaxMs: 60_000,
              windowMs: WINDOW_MS,
              jobPatienceMs: this.#loading.jobPatienceMs,
              inline: this.#loading.inline,
            },
            never,
            type,
          )
        : (this.#drains.get(instance) as Drain)(batcherCall(name, attempt));
    const isDone = await this.#orNothing(instance, DISPATCH_DEADLINE_MS, async () => !(await report).retry);
    const { workers, batchMaxMessages } = this.#limits;
    // Two alarms at once are two rounds; each has its workers' batches and as many suspects.
    if (instance.heldMost > 4 * (2 * workers + 1) * batchMaxMessages)
      this.broken.add(`a batcher holds few messages: ${instance.heldMost}`);
    return isDone;
  }
}
