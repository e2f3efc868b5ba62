import { cancelRun, resetJob } from "../../../src/ledger/changes/operators.ts";
import { pauseAll, pauseJob, resumeAll, resumeJob } from "../../../src/ledger/changes/pauses.ts";
import { askForRun, planRun } from "../../../src/ledger/changes/requests.ts";
import type { RecordChange } from "../../../src/ledger/ledger.ts";
import { MemoryLedger } from "../../support/memory-ledger.ts";
import { FOLLOWER, FOLLOWER_INDEX, JOB_NAMES } from "./job-plan.ts";
import { declaredNameOf, HOSTS } from "./node-plan.ts";
import type { Stage } from "./stage.ts";
import type { Deed, JobEdit, JobPlan, Meanwhile, NodeChange } from "./story.ts";

const UNDONE_BY: Readonly<Partial<Record<NodeChange, NodeChange>>> = {
  drain: "activate",
  pause: "activate",
  unlabel: "label",
  leave: "join",
};

/** What happens in a story around its schedulers. */
export class Acts {
  readonly #stage: Stage;
  readonly #operator: MemoryLedger;
  #requests = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#operator = new MemoryLedger(stage.store);
    stage.oracle.introduce(this.#operator, "the operator");
  }

  async play(deed: Deed): Promise<void> {
    const { story, actors, chronicle } = this.#stage;
    switch (deed.do) {
      case "kill":
      case "stall": {
        const actor = actors.find(({ slot }) => slot === deed.scheduler % story.schedulers.length);
        if (actor === undefined) return;
        return deed.do === "kill" ? this.#stage.kill(actor, deed.downMs) : actor.stall(deed.ms);
      }
      case "outage":
        chronicle.add(`for ${deed.ms / 1000} s all ${deed.loses} of the engine get lost`);
        return this.#stage.outage(deed.ms, deed.loses);
      case "lose-node":
        return this.#loseNode(`node ${deed.node + 1}`, deed.ms);
      case "step-clock":
        chronicle.add(`the clock is set ${deed.byMs < 0 ? "back" : "forward"} by ${Math.abs(deed.byMs) / 1000} s`);
        return this.#stage.stepClock(deed.byMs);
      case "absence":
        return this.#absence(deed.ms, this.#jobOf(deed.job), deed.meanwhile);
      case "trouble":
      case "hang":
      case "stall-pull":
        return this.#stage.troubles.begin(deed.do, this.#jobOf(deed.job), deed.ms);
      case "edit":
        return this.#edit(this.#jobOf(deed.job), deed.to, deed.told);
      case "remove-object":
        return this.#removeObject(this.#jobOf(deed.job));
      case "pause-until":
        return this.#operateEach("pause", this.#jobOf(deed.job), deed.ms);
      case "node":
        return this.#changeNode(HOSTS[deed.node % HOSTS.length] ?? HOSTS[0], deed);
      case "plan":
        return this.#plan(this.#jobOf(deed.job), deed.ms);
      case "pause-all":
        return this.#operateAll("pause", deed.ms);
      case "resume-all":
        return this.#operateAll("resume");
      default:
        return this.#operateEach(deed.do, this.#jobOf(deed.job));
    }
  }

  #changeNode(host: string, { becomes, ms, heardAfterMs }: Extract<Deed, { readonly do: "node" }>): void {
    const { nodes, chronicle } = this.#stage;
    if (!nodes?.change(host, becomes, heardAfterMs)) return;
    const back = UNDONE_BY[becomes];
    const until = back === undefined || ms === undefined ? "" : `, and ${ms / 1000} s later: ${back}`;
    chronicle.add(`${host}: ${becomes}${until}`);
    if (back === undefined || ms === undefined) return;
    void this.#stage.wait(ms).then(() => nodes.change(host, back, heardAfterMs) && chronicle.add(`${host}: ${back}`));
  }

  #absence(ms: number, job: string, meanwhile: Meanwhile): void {
    const nothing = () => {};
    // Suspended it is while a scheduler is there, so that it is known.
    if (meanwhile === "suspend") this.#suspend(job, true);
    this.#stage.away(ms);
    const begin: Record<Meanwhile, () => unknown> = {
      nothing,
      suspend: nothing,
      pause: () => this.#operateEach("pause", job),
      "pause-until": () => this.#operateEach("pause", job, ms / 2),
      "pause-all": () => this.#operateAll("pause"),
      "pause-all-until": () => this.#operateAll("pause", ms / 2),
    };
    const end: Record<Meanwhile, () => unknown> = {
      nothing,
      suspend: () => this.#suspend(job, false),
      pause: () => this.#operateEach("resume", job),
      "pause-until": nothing,
      "pause-all": () => this.#operateAll("resume"),
      "pause-all-until": nothing,
    };
    void this.#stage.wait(ms / 4).then(begin[meanwhile]);
    void this.#stage.wait((3 * ms) / 4).then(end[meanwhile]);
  }

  #suspend(job: string, suspended: boolean): void {
    const { files, story } = this.#stage;
    if (files.has(job)) this.#edit(job, { suspended }, suspended ? story.schedulers.map((_, slot) => slot) : []);
  }

  /** A job that is declared for each node means those of all nodes. */
  async #operateEach(what: "run" | "pause" | "resume" | "cancel" | "reset", job: string, ms?: number): Promise<void> {
    for (const name of this.#stage.namesOf(job)) await this.#operate(what, name, ms);
  }

  /** As an operator does it from the command line. */
  async #operate(what: "run" | "pause" | "resume" | "cancel" | "reset", job: string, ms?: number): Promise<void> {
    const { clock, oracle, chronicle } = this.#stage;
    const now = clock.now();
    const until = ms === undefined ? "resumed" : new Date(now.getTime() + ms);
    const changes: Record<typeof what, RecordChange> = {
      run: (record) => askForRun(record, { id: `request${++this.#requests}`, kind: "run", askedAt: now }),
      pause: (record) => pauseJob(record, now, { until }),
      resume: (record) => resumeJob(record, now),
      cancel: (record) =>
        cancelRun(record, record?.runs.find(({ outcome }) => outcome === undefined)?.id ?? "", { since: now }),
      reset: (record) => resetJob(record, now),
    };
    const { result } = await this.#operator.update(job, oracle.noting(now, changes[what]));
    const end = ms === undefined ? "" : ` for ${ms / 1000} s`;
    chronicle.add(`the operator: ${what} ${job}${end}${result === "won" ? "" : " (there is nothing to do)"}`);
  }

  async #plan(job: string, ms: number): Promise<void> {
    const { clock, oracle, chronicle } = this.#stage;
    const now = clock.now();
    const planned = { id: `planned${++this.#requests}`, askedAt: now, startAt: new Date(now.getTime() + ms) };
    const { result } = await this.#operator.update(
      job,
      oracle.noting(now, (record) => planRun(record, planned)),
    );
    chronicle.add(`the operator: run ${job} in ${ms / 1000} s${result === "won" ? "" : " (there is nothing to do)"}`);
  }

  async #operateAll(what: "pause" | "resume", ms?: number): Promise<void> {
    const { clock, chronicle } = this.#stage;
    const now = clock.now();
    const until = ms === undefined ? "resumed" : new Date(now.getTime() + ms);
    const { result } = await this.#operator.updateInstance((instance) =>
      what === "pause" ? pauseAll(instance, now, { until }) : resumeAll(instance, now),
    );
    const end = ms === undefined ? "" : ` for ${ms / 1000} s`;
    chronicle.add(`the operator: ${what} --all${end}${result === "won" ? "" : " (there is nothing to do)"}`);
  }

  async resetFutureCursors(): Promise<void> {
    for (const job of [...this.#stage.store.texts.keys()]) {
      const record = await this.#operator.read(job);
      if (record !== undefined && record.cursor > this.#stage.clock.now()) await this.#operate("reset", job);
    }
  }

  #jobOf(index: number): string {
    if (index === FOLLOWER_INDEX) return FOLLOWER;
    return JOB_NAMES[index % this.#stage.story.jobs.length] ?? "backup";
  }

  #loseNode(node: string, ms: number): void {
    const { world, story, chronicle, nodes } = this.#stage;
    if (story.kind === "container" || !world.nodes.isUp(node)) return;
    this.#disturbByLoss(node, ms);
    chronicle.add(`${node} is lost for ${ms / 1000} s`);
    world.loseNode(node);
    nodes?.tellOfState();
    void this.#stage.wait(ms).then(() => {
      // It may have left meanwhile, or have joined again.
      if (world.nodes.states.get(node) !== "down") return;
      chronicle.add(`${node} is back`);
      world.returnNode(node);
      nodes?.tellOfState();
    });
  }

  /** The job of a node is for that node, whether it is up or down. */
  #disturbByLoss(node: string, ms: number): void {
    const { oracle, nodes, files } = this.#stage;
    if (nodes === undefined) {
      oracle.disturb(ms);
      return;
    }
    nodes.disturbByLoss(node, ms);
    for (const { name, eachNode } of files.values()) if (eachNode === undefined) oracle.disturb(ms, name);
  }

  #edit(job: string, to: JobEdit, told: readonly number[]): void {
    const { files, plans, chronicle, actors } = this.#stage;
    const plan = plans.get(job);
    if (plan === undefined || (to === "return" && files.has(job))) return;
    if (to === "vanish") {
      files.delete(job);
      this.#stage.oracle.removedFromFiles.add(job);
    } else this.#stage.edit(job, to === "return" ? plan : edited(plan, to));
    const words = typeof to === "string" ? `${to}es` : `changes: ${JSON.stringify(to)}`;
    this.#stage.oracle.disturb(Number.POSITIVE_INFINITY, job);
    const hearers = actors.filter(({ slot }) => told.includes(slot));
    chronicle.add(`${job} ${words}; told to ${hearers.map(({ name }) => name).join(", ") || "nobody"}`);
    for (const actor of hearers) void actor.declare(files);
  }

  /** An operator does it, without shipbell. */
  #removeObject(job: string): void {
    const { world, oracle, chronicle } = this.#stage;
    const object = world.objects.values().find(({ order }) => declaredNameOf(order?.job ?? "") === job);
    if (object === undefined) return;
    chronicle.add(`an operator removes ${object.name}`);
    oracle.removedManually.add(object.id);
    world.remove(object.id);
  }
}

function edited(plan: JobPlan, to: Exclude<JobEdit, string>): JobPlan {
  if (!("on" in to)) return { ...plan, ...to };
  return { ...plan, ...(plan.after && { after: { ...plan.after, on: to.on } }) };
}
