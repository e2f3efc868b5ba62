import type { AttemptOrder, Engine, LogOptions, ObjectName, OutputLine } from "../../../src/engines/engine.ts";
import { EngineUnavailable } from "../../../src/engines/engine.ts";
import type { ObjectKind } from "../../../src/job/job.ts";
import type { FakeEngine } from "../../support/fake-engine.ts";
import type { Actor } from "./actor.ts";
import type { Stage } from "./stage.ts";
import type { EffectName } from "./story.ts";

/** The engine as a scheduler reaches it: requests and answers may get lost on the way, or be late. */
export class FaultyEngine implements Engine {
  readonly objectKind: ObjectKind;
  readonly keepsEnded: boolean;
  readonly pulls: boolean;
  readonly mayOutliveRemoval: boolean;
  readonly keepsOutput = () => this.keepsEnded;
  readonly preparesAhead = () => true;
  readonly #engine: FakeEngine;
  readonly #actor: Actor;
  readonly #stage: Stage;

  constructor(engine: FakeEngine, actor: Actor, stage: Stage) {
    this.objectKind = engine.objectKind;
    this.keepsEnded = engine.keepsEnded;
    this.pulls = engine.pulls;
    this.mayOutliveRemoval = engine.mayOutliveRemoval;
    this.#engine = engine;
    this.#actor = actor;
    this.#stage = stage;
  }

  greet() {
    return this.#ask("greet", "", () => this.#engine.greet());
  }

  nodes(signal: AbortSignal) {
    return this.#ask("nodes", "", () => this.#engine.nodes(signal));
  }

  watchNodes(wake: () => void) {
    this.#stage.nodes?.watch(this.#actor, wake);
  }

  list() {
    return this.#ask("list", "", () => this.#engine.list());
  }

  look(objectIds: readonly string[]) {
    return this.#ask("look", objectIds.join(" "), () => this.#engine.look(objectIds));
  }

  prepare(order: AttemptOrder) {
    this.#stage.oracle.onPrepare(order, this.#stage.clock.now());
    return this.#ask("prepare", order.objectName, () => this.#engine.prepare(order));
  }

  async pull(image: string, signal: AbortSignal) {
    await this.#stage.troubles.pulled(image, signal);
    return this.#ask("pull", image, () => this.#engine.pull(image, signal));
  }

  activate(object: ObjectName) {
    return this.#ask("activate", this.#nameOf(object.id), () => this.#engine.activate(object));
  }

  activateAgain(objectId: string) {
    return this.#ask("activate-again", this.#nameOf(objectId), () => this.#engine.activateAgain(objectId));
  }

  stop(objectId: string, gracePeriodMs: number) {
    return this.#ask("stop", this.#nameOf(objectId), () => this.#engine.stop(objectId, gracePeriodMs));
  }

  withdraw(objectId: string) {
    return this.#ask("remove", this.#nameOf(objectId), () => this.#engine.withdraw(objectId));
  }

  remove(objectId: string) {
    return this.#ask("remove", this.#nameOf(objectId), () => this.#engine.remove(objectId));
  }

  async *logs(objectId: string, options: LogOptions, signal: AbortSignal): AsyncGenerator<OutputLine> {
    if (this.#stage.isOut) throw new EngineUnavailable("no answer");
    yield* this.#engine.logs(objectId, options, signal);
  }

  /** Of services it is not known: who adds what to a record later would make other stories of all. */
  async usage(objectId: string) {
    if (this.objectKind === "service") return undefined;
    if (this.#stage.isOut) throw new EngineUnavailable("no answer");
    return this.#engine.usage(objectId);
  }

  watch(wake: (job?: string) => void, signal: AbortSignal): void {
    if (this.#stage.story.engineTells) this.#engine.watch((job) => this.#actor.isAlive && wake(job), signal);
  }

  async #ask<T>(effect: EffectName, subject: string, work: () => Promise<T>): Promise<T> {
    await this.#stage.troubles.meet(effect, subject);
    const fate = await this.#actor.cross({ effect, subject, moment: "before" });
    if (typeof fate === "object") void this.#stage.later(fate.lateMs, work);
    if (fate !== "go-on") throw new EngineUnavailable("no answer");
    const answer = await work();
    if ((await this.#actor.cross({ effect, subject, moment: "after" })) !== "go-on")
      throw new EngineUnavailable("no answer");
    return answer;
  }

  #nameOf(objectId: string): string {
    return this.#stage.world.everMade.get(objectId)?.name ?? objectId;
  }
}
