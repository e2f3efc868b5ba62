import type { Carrier, ObjectState } from "../../../src/engines/engine.ts";
import type { EngineParts } from "../../../src/engines/kind.ts";

/** A carrier that is in no release: its attempts are strokes of a bell, which are over at once. */
export class BellCarrier implements Carrier {
  readonly carries = ["ring"];
  readonly #clock: EngineParts["clock"];
  readonly #strokes = new Map<string, ObjectState>();

  constructor({ clock }: EngineParts) {
    this.#clock = clock;
  }

  owns(objectId: string) {
    return objectId.startsWith("stroke-");
  }

  keepsOutput() {
    return false;
  }

  async list() {
    return [];
  }

  async look(objectIds: readonly string[]) {
    return new Map(objectIds.flatMap((id) => [...this.#strokes].filter(([stroke]) => stroke === id)));
  }

  preparesAhead() {
    return false;
  }

  async prepare({ objectName }: { readonly objectName: string }) {
    const objectId = `stroke-${objectName}`;
    this.#strokes.set(objectId, { phase: "inert" });
    return { kind: "prepared", objectId, objectName } as const;
  }

  async activate({ id }: { readonly id: string }) {
    const now = this.#clock.now();
    const end = { kind: "exited", exitCode: 0, oom: false } as const;
    this.#strokes.set(id, { phase: "ended", end, startedAt: now, finishedAt: now });
    return { kind: "activated" } as const;
  }

  activateAgain(id: string) {
    return this.activate({ id });
  }

  async stop() {}

  async usage() {
    return undefined;
  }

  async withdraw(id: string) {
    this.#strokes.delete(id);
  }

  async remove(id: string) {
    this.#strokes.delete(id);
  }

  async *logs() {
    yield* [];
  }

  watch() {}
}
