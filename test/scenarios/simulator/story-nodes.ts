import type { Job } from "../../../src/job/job.ts";
import type { NodeSeen } from "../../../src/ledger/record.ts";
import type { FakeNode } from "../../support/fake-nodes.ts";
import type { Actor } from "./actor.ts";
import { eachNodeOf, HOSTS, isForNode, LABEL, MANAGER, nodeJob, nodeJobName } from "./node-plan.ts";
import type { Stage } from "./stage.ts";
import type { NodeChange, NodesPlan } from "./story.ts";

/** How long the job of a node that is away stays. */
export const AWAY_STAYS_MS = 24 * 3600_000;
/** Beyond when a scheduler hears of it: until the records follow. */
const FOLLOWED_MS = 15_000;

/** The nodes of a story in which they come and go, and the jobs that there are to be for them. */
export class StoryNodes {
  readonly #stage: Stage;
  readonly #plan: NodesPlan;
  readonly #watchers = new Set<{ readonly actor: Actor; readonly wake: () => void }>();
  /** By host: all IDs that it ever had. */
  readonly #ids = new Map<string, string[]>();
  readonly #declared = new Set<Job>();
  /** The jobs whose node counts. */
  readonly #counting = new Set<string>();

  constructor(stage: Stage, plan: NodesPlan) {
    this.#stage = stage;
    this.#plan = plan;
    const { nodes } = stage.world;
    nodes.states.clear();
    nodes.states.set(MANAGER, "up");
    nodes.details.set(MANAGER, { availability: "drain" });
    for (const [i, host] of HOSTS.entries()) {
      const { isThere, isLabelled } = plan.hosts[i] ?? { isThere: false, isLabelled: false };
      this.#ids.set(host, [nodes.idOf(host)]);
      nodes.details.set(host, { id: nodes.idOf(host), labels: isLabelled ? LABEL : {} });
      if (isThere) nodes.states.set(host, "up");
    }
  }

  eachNodeOf(index: number) {
    return eachNodeOf(this.#plan.jobs[index]);
  }

  watch(actor: Actor, wake: () => void): void {
    this.#watchers.add({ actor, wake });
  }

  /** Makes the change, of which the schedulers hear by and by; returns whether there was something to change. */
  change(host: string, becomes: NodeChange, heardAfterMs: readonly number[]): boolean {
    const { nodes } = this.#stage.world;
    const isThere = nodes.states.has(host);
    if (becomes === "join" ? isThere : becomes === "forget" ? !nodes.leftBehind.has(host) : !isThere) return false;
    this.#make(host, becomes);
    const heardMs = Math.max(...heardAfterMs);
    for (const { name, eachNode } of this.#stage.files.values())
      if (eachNode) this.#stage.oracle.disturb(heardMs + FOLLOWED_MS, nodeJobName(name, host));
    this.note();
    for (const { actor, wake } of this.#watchers)
      void this.#stage.wait(heardAfterMs[actor.slot] ?? 0).then(() => actor.isAlive && wake());
    return true;
  }

  /** The host goes down, or is back: all schedulers hear of it at once, as of any change of a node. */
  tellOfState(): void {
    for (const { actor, wake } of this.#watchers) if (actor.isAlive) wake();
  }

  /**
   * The host will be down for so long. Where it has joined again, neither what it was nor what it is now is up then, and its jobs
   * may stay with either until it is back.
   */
  disturbByLoss(host: string, ms: number): void {
    if (!this.#stage.world.nodes.leftBehind.has(host)) return;
    for (const { name, eachNode } of this.#stage.files.values())
      if (eachNode) this.#stage.oracle.disturb(ms + FOLLOWED_MS, nodeJobName(name, host));
  }

  #make(host: string, becomes: NodeChange): void {
    const { world } = this.#stage;
    const { leftBehind } = world.nodes;
    switch (becomes) {
      case "drain":
      case "pause":
        world.changeNode(host, { availability: becomes });
        break;
      case "activate":
        world.changeNode(host, { availability: "active" });
        break;
      case "label":
      case "unlabel":
        world.changeNode(host, { labels: becomes === "label" ? LABEL : {} });
        break;
      case "leave":
        leftBehind.delete(host);
        world.changeNode(host, undefined);
        break;
      case "forget":
        leftBehind.delete(host);
        break;
      case "join":
      case "join-anew":
        this.#join(host, becomes === "join-anew");
        break;
    }
  }

  /** With an ID that no node had, and without a label. */
  #join(host: string, isLeftBehind: boolean): void {
    const { world } = this.#stage;
    const { nodes } = world;
    if (isLeftBehind) nodes.leftBehind.set(host, { ...nodes.details.get(host), id: nodes.idOf(host) });
    const ids = this.#ids.get(host) ?? [];
    // Before those that it had, or after them.
    const letter = String.fromCharCode("i".charCodeAt(0) + (host === HOSTS[1] ? 1 : -1) * ids.length);
    const id = `${letter}d-of-${host}`;
    this.#ids.set(host, [...ids, id]);
    for (const job of this.#declared) this.define(job);
    nodes.states.set(host, "up");
    world.changeNode(host, { id, availability: "active", labels: {} });
  }

  /** All definitions that there may be of the jobs for nodes: a scheduler may not have heard of the newest one. */
  define(declared: Job): void {
    if (declared.eachNode === undefined) return;
    this.#declared.add(declared);
    for (const [host, ids] of this.#ids)
      for (const id of ids)
        for (const isAway of [false, true]) {
          const job = nodeJob(declared, host, { id, isAway });
          this.#stage.oracle.definitions.set(job.hash, job);
        }
  }

  /** Notes which nodes count from now on. */
  note(): void {
    const { files, oracle, clock } = this.#stage;
    for (const declared of files.values())
      for (const host of declared.eachNode ? HOSTS : []) {
        const name = nodeJobName(declared.name, host);
        const isCounting = this.idFor(declared, host) !== undefined;
        if (isCounting && !oracle.absentSince.has(name)) oracle.absentSince.set(name, clock.now());
        if (isCounting) this.#counting.add(name);
        else this.#counting.delete(name);
      }
  }

  isCounting(job: string): boolean {
    return this.#counting.has(job);
  }

  /**
   * The ID of the host's node that the job is for. What a node was before it joined again is one that is down, which is expected
   * back; but not while the job is that of what it is now.
   */
  idFor({ name, eachNode }: Job, host: string): string | undefined {
    const { nodes } = this.#stage.world;
    const counts = (node: FakeNode | undefined) => node && eachNode && isForNode(eachNode, node);
    const isThere = nodes.states.has(host);
    const [now, before] = [nodes.details.get(host), nodes.leftBehind.get(host)];
    if (isThere && counts(now)) return now?.id;
    const isOfNow = isThere && this.#seen(nodeJobName(name, host))?.id === now?.id;
    return counts(before) && !isOfNow ? before?.id : undefined;
  }

  /** The jobs that there are to be now. Of a node that is away there is one if there was one, for a day. */
  *expected(declared: Job): Iterable<Job> {
    for (const host of HOSTS) {
      const id = this.idFor(declared, host);
      if (id !== undefined) {
        yield nodeJob(declared, host, { id, isAway: false });
        continue;
      }
      const seen = this.#seen(nodeJobName(declared.name, host));
      const since = seen?.awaySince;
      if (seen === undefined || since === undefined) continue;
      const isToGo = since.getTime() + AWAY_STAYS_MS + FOLLOWED_MS < this.#stage.clock.now().getTime();
      if (!isToGo) yield nodeJob(declared, host, { id: seen.id, isAway: true });
    }
  }

  #seen(job: string): NodeSeen | undefined {
    const read = this.#stage.store.readRecord(job);
    return read?.kind === "record" && read.record.removedAt === undefined ? read.record.definition.node : undefined;
  }
}
