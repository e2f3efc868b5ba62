import type { Ledger } from "../../src/ledger/ledger.ts";
import { type EngineProxy, startEngineProxy } from "../lab/proxy.ts";
import type { LabSwarm } from "../lab/swarm.ts";
import { SchedulerProcess } from "./scheduler-process.ts";
import { Stage, type StageObject, type StageParts } from "./stage.ts";
import { openLedgerOn } from "./swarm-ledger.ts";

interface ServiceEntry {
  readonly ID: string;
  readonly Spec: {
    readonly Labels: Record<string, string>;
    readonly Mode: { readonly Replicated: { Replicas: number } };
  };
}

interface TaskEntry {
  readonly ServiceID: string;
  readonly Status: { readonly State: string };
}

/** A stage on a Swarm: two managers with a proxy before each, for a scheduler on each. */
export class SwarmStage extends Stage {
  /** What the second scheduler speaks to. */
  readonly otherProxy: EngineProxy;

  protected constructor(parts: StageParts, otherProxy: EngineProxy) {
    super(parts);
    this.otherProxy = otherProxy;
  }

  static async on(job: string, { managers }: LabSwarm): Promise<SwarmStage> {
    const [first, second] = managers;
    if (first === undefined || second === undefined) throw new Error("this stage needs two managers");
    const [parts, otherProxy] = await Promise.all([
      SwarmStage.prepare(job, first.dockerHost),
      startEngineProxy(second.socketPath),
    ]);
    return new SwarmStage(parts, otherProxy);
  }

  /** On the first manager. */
  override openScheduler(program?: string): SchedulerProcess {
    return this.#open(this.proxy, program);
  }

  /** On the second manager. */
  openOtherScheduler(program?: string): SchedulerProcess {
    return this.#open(this.otherProxy, program);
  }

  #open({ dockerHost }: EngineProxy, program?: string): SchedulerProcess {
    const args = ["--engine", "swarm", "--instance", this.instance, "--sources", "files"];
    return new SchedulerProcess({ dockerHost, folder: this.folder, args, ...(program && { program }) });
  }

  /** The state is `inert`, or that of the service's first task. */
  override async objects(): Promise<readonly StageObject[]> {
    const [services, tasks] = await Promise.all([this.#list<ServiceEntry>("services"), this.#list<TaskEntry>("tasks")]);
    return services.map(({ ID, Spec }) => {
      const task = tasks.findLast(({ ServiceID }) => ServiceID === ID);
      const state = Spec.Mode.Replicated.Replicas === 0 ? "inert" : (task?.Status.State ?? "new");
      return { id: ID, run: Spec.Labels["shipbell.run"] ?? "", state };
    });
  }

  protected override async withLedger<T>(work: (ledger: Ledger) => Promise<T>): Promise<T> {
    return work(openLedgerOn(this.engine, this.instance));
  }

  protected override async removeObjects(): Promise<void> {
    for (const { ID } of await this.#list<ServiceEntry>("services")) await this.engine.api("DELETE", `/services/${ID}`);
    for (const { ID } of await this.#list<{ ID: string }>("configs")) await this.engine.api("DELETE", `/configs/${ID}`);
  }

  async #list<T>(what: "services" | "tasks" | "configs"): Promise<readonly T[]> {
    const filters = encodeURIComponent(JSON.stringify({ label: [`shipbell.instance=${this.instance}`] }));
    const { status, json } = await this.engine.api<readonly T[]>("GET", `/${what}?filters=${filters}`);
    if (status !== 200) throw new Error(`${what}: ${JSON.stringify(json)}`);
    return json;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.otherProxy.close();
  }
}
