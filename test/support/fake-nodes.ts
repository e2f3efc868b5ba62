import type { EngineNode } from "../../src/engines/engine.ts";
import type { Template } from "../../src/job/job.ts";
import type { FakeObject } from "./fake-world.ts";

/** What a node has that others have not. */
export interface FakeNode {
  /** Where it has joined again. */
  readonly id?: string;
  readonly availability?: EngineNode["availability"];
  readonly labels?: Readonly<Record<string, string>>;
}

/** The nodes of a Swarm. A world without any is one machine, which is always there. */
export class FakeNodes {
  readonly states = new Map<string, "up" | "down">();
  readonly details = new Map<string, FakeNode>();
  /** By name: as what the Swarm still lists it, as down, since it joined again. */
  readonly leftBehind = new Map<string, FakeNode & { readonly id: string }>();
  /** How far the clock of a node is ahead of ours, in milliseconds; without a node, that of the engine. */
  readonly clocksAhead = new Map<string | undefined, number>();
  /** What ended on a node that was down: no manager has heard of it yet. */
  readonly endedUnseen = new Set<FakeObject>();
  #chosen = 0;

  /** A node that has left is not up. */
  isUp(node: string | undefined): boolean {
    return node === undefined || this.states.get(node) === "up";
  }

  idOf(node: string): string {
    return this.details.get(node)?.id ?? `id-of-${node}`;
  }

  /** Where the next process is to run: on each in turn of those that are up and may have it. Undefined: nowhere now. */
  choose(template: Template): string | undefined {
    const fit = [...this.states.keys()].filter((node) => this.isUp(node) && this.#takes(node, template));
    return fit[this.#chosen++ % fit.length];
  }

  /** Whether it goes on running what it has: a node that is paused does. */
  keeps(node: string, template: Template): boolean {
    return this.details.get(node)?.availability !== "drain" && this.#meets(node, template);
  }

  #takes(node: string, template: Template): boolean {
    const { availability = "active" } = this.details.get(node) ?? {};
    return availability === "active" && this.#meets(node, template);
  }

  /** Of the constraints those on ID and labels. */
  #meets(node: string, template: Template): boolean {
    const constraints = template.kind === "compose" ? template.placement.constraints : [];
    const { labels = {} } = this.details.get(node) ?? {};
    return constraints.every((constraint) => {
      const [key = "", value] = constraint.split(" == ");
      return value === (key === "node.id" ? this.idOf(node) : labels[key.replace("node.labels.", "")]);
    });
  }
}
