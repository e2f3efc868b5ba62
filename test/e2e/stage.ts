import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../src/clock.ts";
import { openRecord } from "../../src/ledger/changes/definitions.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import type { InstanceRecord, JobRecord } from "../../src/ledger/record.ts";
import { openSqliteLedger } from "../../src/ledger/sqlite/sqlite-ledger.ts";
import { type EngineClient, engineAt } from "../lab/engine-client.ts";
import type { ProxiedRequest } from "../lab/proxy/exchange.ts";
import type { ProxyRule } from "../lab/proxy/rule.ts";
import { type EngineProxy, startEngineProxy } from "../lab/proxy.ts";
import { aJob } from "../support/a-job.ts";
import { eventually } from "./eventually.ts";
import { programPath } from "./program.ts";
import { type CommandEnd, runProgram, SchedulerProcess, TestFolder } from "./scheduler-process.ts";
import { Witness } from "./witness.ts";

/** What a condition may take to come true that no event tells of. */
/** Due once, and then not within the life of this test: the record of such a job is opened by the test itself. */
const DUE_AGO_MS = 1000;

/** What carries a run of the instance, as the engine lists it. */
export interface StageObject {
  readonly id: string;
  readonly run: string;
  readonly state: string;
}

/** The parts that a stage is made from. */
export interface StageParts {
  readonly job: string;
  readonly folder: TestFolder;
  readonly witness: Witness;
  readonly proxy: EngineProxy;
  readonly engine: EngineClient;
}

/** The keys of a job other than those that the stage fills in. */
export interface StageJob {
  readonly schedule: string | readonly string[];
  /** Shell, after the execution has left its file. `$` stands for itself. */
  readonly body?: string;
  readonly history?: { readonly succeeded: number; readonly failed: number };
  readonly deploy?: object;
  /** Further keys, as files have them. */
  readonly policies?: object;
}

/**
 * Everything of one test, shared with no other: folder, instance, a proxy before the engine, one job whose executions
 * leave files, and a gate for which it may wait. At the end all objects of the instance are removed.
 */
export class Stage implements AsyncDisposable {
  readonly job: string;
  readonly instance: string;
  readonly folder: TestFolder;
  readonly witness: Witness;
  /** What schedulers speak to. */
  readonly proxy: EngineProxy;
  /** The engine itself, past the proxy. */
  readonly engine: EngineClient;
  #scheduler: SchedulerProcess | undefined;

  protected constructor(parts: StageParts) {
    this.job = parts.job;
    this.folder = parts.folder;
    this.witness = parts.witness;
    this.proxy = parts.proxy;
    this.engine = parts.engine;
    this.instance = `${parts.job}-${randomUUID().slice(0, 6)}`;
  }

  static async set(job: string, dockerHost: string): Promise<Stage> {
    return new Stage(await Stage.prepare(job, dockerHost));
  }

  protected static async prepare(job: string, dockerHost: string): Promise<StageParts> {
    const folder = await TestFolder.make();
    const engine = engineAt(dockerHost);
    const [witness, proxy] = await Promise.all([Witness.in(folder.path), startEngineProxy(engine.socketPath)]);
    await mkdir(join(folder.path, "gate"));
    return { job, folder, engine, witness, proxy };
  }

  /** Declares the job: each execution leaves its file first, and then does what `body` says. */
  async declare({
    schedule,
    body = "",
    history = { succeeded: 3, failed: 3 },
    deploy,
    policies = {},
  }: StageJob): Promise<void> {
    const script = `${this.witness.command}\n${body}`.replaceAll("$", "$$$$");
    const job = {
      schedule,
      image: "busybox",
      command: ["sh", "-c", script],
      volumes: [this.witness.volume, `${join(this.folder.path, "gate")}:/gate`],
      history,
      ...(deploy && { deploy }),
      ...policies,
    };
    await this.folder.writeSchedules(JSON.stringify({ jobs: { [this.job]: job } }, null, 2));
  }

  /**
   * Declares the job so that it has exactly one occurrence now, a second ago, and none for a year: its record stands
   * already, as a scheduler of yesterday would have left it. Answers with when it was due.
   */
  async declareDueOnce(job: Omit<StageJob, "schedule"> = {}): Promise<Date> {
    const [scheduledAt] = await this.declareDue([-DUE_AGO_MS], job);
    return scheduledAt as Date;
  }

  /** The same with several occurrences, that long from now; answers with when they are due, to the second. */
  async declareDue(inMs: readonly number[], job: Omit<StageJob, "schedule"> = {}): Promise<Date[]> {
    const now = Date.now();
    const due = inMs.map((ms) => new Date(Math.floor((now + ms) / 1000) * 1000));
    const patterns = due.map(patternOf);
    await this.declare({ schedule: patterns, ...job });
    const schedules = patterns.map((pattern) => ({ pattern, timezone: "UTC" }));
    const yesterdays = aJob({ name: this.job, schedules, hash: "yesterday's" });
    const before = new Date(Math.min(...due.map(Number)) - 1);
    await this.withLedger((ledger) => ledger.update(this.job, () => openRecord(yesterdays, 0, before)));
    return due;
  }

  /** A command for `body`: waits until the test opens the gate. */
  static readonly atTheGate = "while [ ! -e /gate/open ]; do sleep 0.05; done";

  openGate(): Promise<void> {
    return writeFile(join(this.folder.path, "gate/open"), "");
  }

  openScheduler(program?: string): SchedulerProcess {
    const args = ["--instance", this.instance, "--sources", "files"];
    const { folder } = this;
    this.#scheduler = new SchedulerProcess({
      dockerHost: this.proxy.dockerHost,
      folder,
      args,
      ...(program && { program }),
    });
    return this.#scheduler;
  }

  /** A command of shipbell next to the schedulers: on their state directory, with the address of the one opened last. */
  command(...args: readonly string[]): Promise<CommandEnd> {
    return this.commandOf(programPath())(...args);
  }

  /** The same of another version of the program. */
  commandOf(program: string): Stage["command"] {
    return async (...args) => runProgram(program, [...args, ...(await this.#flags())]);
  }

  async #flags(): Promise<string[]> {
    const { stateDir } = this.folder;
    const flags = ["--state-dir", stateDir, "--docker-host", this.proxy.dockerHost, "--instance", this.instance];
    const isRunning = this.#scheduler?.isRunning === true;
    const listen = isRunning ? ["--listen", new URL((await this.#scheduler?.url("/")) ?? "").host] : [];
    return [...flags, ...listen];
  }

  /** The record as it stands, whether its scheduler runs or not. */
  record(job = this.job): Promise<JobRecord> {
    return this.withLedger(async (ledger) => {
      const record = await ledger.read(job);
      if (record === undefined) throw new Error(`the ledger has no record of ${job}`);
      return record;
    });
  }

  /** What concerns all jobs, as it stands. */
  instanceRecord(): Promise<InstanceRecord | undefined> {
    return this.withLedger((ledger) => ledger.readInstance());
  }

  protected async withLedger<T>(work: (ledger: Ledger) => Promise<T>): Promise<T> {
    const ledger = openSqliteLedger(this.folder.stateDir, systemClock);
    try {
      return await work(ledger);
    } finally {
      ledger.close();
    }
  }

  async objects(): Promise<readonly StageObject[]> {
    const filters = encodeURIComponent(JSON.stringify({ label: [`shipbell.instance=${this.instance}`] }));
    const path = `/containers/json?all=1&filters=${filters}`;
    type Summary = { Id: string; State: string; Labels: Record<string, string> };
    const { json } = await this.engine.api<Summary[]>("GET", path);
    return json.map(({ Id, State, Labels }) => ({ id: Id, state: State, run: Labels["shipbell.run"] ?? "" }));
  }

  /** Objects that no run in the record holds. */
  async leftovers(): Promise<readonly StageObject[]> {
    const objects = await this.objects();
    const { runs } = await this.record();
    const bound = runs.flatMap(({ attempts }) => attempts.map(({ objectId }) => objectId));
    return objects.filter(({ id }) => !bound.includes(id));
  }

  /** Resolves when it is so; for what no event tells of. `what` names it, should it not come. */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    await eventually(`${this.job}: ${what}`, async () => (await isSo()) || undefined);
  }

  /** The first request that the rule takes; for rules that hold it, or its answer. */
  reached(rule: ProxyRule): Promise<ProxiedRequest> {
    let request: ProxiedRequest | undefined;
    void rule.reached.then((taken) => {
      request = taken;
    });
    return eventually(`${this.job}: the request that a rule is for`, () => request);
  }

  untilExecutions(count: number): Promise<void> {
    return this.until(`${count} executions`, async () => (await this.witness.executions()).length >= count);
  }

  untilAllAre(state: string): Promise<void> {
    return this.until(`all are ${state}`, async () =>
      (await this.objects()).every((container) => container.state === state),
    );
  }

  /** Whatever the instance has left with the engine. */
  protected async removeObjects(): Promise<void> {
    for (const { id } of await this.objects()) await this.engine.api("DELETE", `/containers/${id}?force=1&v=1`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.removeObjects();
    await this.proxy.close();
    await this.folder[Symbol.asyncDispose]();
  }
}

/** A pattern that means this second, each year. */
function patternOf(at: Date): string {
  const time = [at.getUTCSeconds(), at.getUTCMinutes(), at.getUTCHours()];
  return [...time, at.getUTCDate(), at.getUTCMonth() + 1, "*"].join(" ");
}
