import type { Clock } from "../clock.ts";
import type { LabelledObject } from "../definition/labels/labelled-object.ts";
import { COMPOSE_LABELS } from "../definition/labels/labelled-object.ts";
import type { LabelSettings } from "../definition/labels/parse-labels.ts";
import { emptyReading, type Reading } from "../definition/reading.ts";
import type { JobSource } from "./source.ts";

interface LabelledObjectsSettings extends LabelSettings {
  /** Lists all services or containers with labels of ours, whatever their state; rejects when they cannot be listed. */
  readonly listLabelled: (signal: AbortSignal) => Promise<readonly LabelledObject[]>;
  /** Calls `wake` whenever that list may have changed. */
  readonly watchObjects: (wake: () => void, signal: AbortSignal) => void;
}

/** The jobs that services of the Swarm declare by labels. Of two with the same name, the older service counts. */
export function serviceLabels(settings: LabelledObjectsSettings): JobSource {
  return {
    name: "services",
    async load(signal) {
      const objects = await settings.listLabelled(signal);
      return readLabels(objects.toSorted(olderFirst), settings);
    },
    watch: settings.watchObjects,
  };
}

/**
 * The jobs that containers declare by labels. Of two with the same name, the older container counts. A container that has
 * just been made must settle first. One of `docker compose run` declares nothing: its labels are those of its service.
 */
export function containerLabels(settings: LabelledObjectsSettings & { readonly clock: Clock }): JobSource {
  const settling = new Settling(settings.clock);
  return {
    name: "containers",
    async load(signal) {
      const objects = (await settings.listLabelled(signal)).filter((object) => !isOneOff(object));
      const { settled, settling: names } = settling.sort(withoutReplacements(objects));
      return { ...(await readLabels(settled.toSorted(olderFirst), settings)), settling: names };
    },
    watch(wake, signal) {
      settling.watch(wake, signal);
      settings.watchObjects(wake, signal);
    },
  };
}

/** What reads labels is loaded with the first object that has some: a scheduler of schedule files needs none of it. */
async function readLabels(objects: readonly LabelledObject[], settings: LabelSettings): Promise<Reading> {
  if (objects.length === 0 && settings.foreign === undefined) return emptyReading;
  const { parseLabels } = await import("../definition/labels/parse-labels.ts");
  return parseLabels(objects, settings);
}

function isOneOff({ labels }: LabelledObject): boolean {
  return labels[COMPOSE_LABELS.oneOff] === "True";
}

/**
 * While Compose replaces a container, the new one is called `0123456789ab_NAME` until the old one is gone. NAME is
 * declared throughout: by the old container as long as it exists, then by the new one.
 */
function withoutReplacements(objects: readonly LabelledObject[]): LabelledObject[] {
  const names = new Set(objects.map(({ name }) => name));
  return objects.flatMap((object) => {
    const finalName = nameAfterReplacement(object);
    if (finalName === undefined) return [object];
    return names.has(finalName) ? [] : [{ ...object, name: finalName }];
  });
}

function nameAfterReplacement({ name, labels }: LabelledObject): string | undefined {
  if (!Object.hasOwn(labels, COMPOSE_LABELS.replace)) return undefined;
  return /^[0-9a-f]{12}_(.+)$/.exec(name)?.[1];
}

/** Sorts objects so that, of two that declare the same job, the one that counts comes first. */
function olderFirst(a: LabelledObject, b: LabelledObject): number {
  return a.createdAt.getTime() - b.createdAt.getTime() || (a.name < b.name ? -1 : 1);
}

/** How long an object must exist before its labels count. Compose makes a container some 200 ms before it starts it. */
const SETTLES_AFTER_MS = 1000;

interface Settled {
  readonly settled: readonly LabelledObject[];
  /** The names of the others. What was read under these names before stands until they have settled. */
  readonly settling: readonly string[];
}

/**
 * Tells objects that have just been made from those that are there to stay. A container is created before it is started
 * and looks like a template in between, and one that lives only for a moment declares nothing. Each settles on its own.
 * A running object that takes the place of another one of its name counts at once.
 */
class Settling {
  readonly #clock: Clock;
  readonly #settled = new Set<string>();
  readonly #waiting = new Map<string, AbortController>();
  #names: ReadonlySet<string> | undefined;
  #wake: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `wake` whenever an object has settled, until `signal` is aborted. */
  watch(wake: () => void, signal: AbortSignal): void {
    this.#wake = wake;
    signal.addEventListener("abort", () => this.#forget(() => false));
  }

  sort(objects: readonly LabelledObject[]): Settled {
    const ids = new Set(objects.map(({ id }) => id));
    this.#forget((id) => ids.has(id));
    const settled = objects.filter((object) => this.#isSettled(object));
    for (const { id } of settled) {
      this.#waiting.get(id)?.abort();
      this.#settled.add(id);
    }
    const young = objects.filter(({ id }) => !this.#settled.has(id));
    for (const { id } of young) this.#await(id);
    const settling = young.map(({ name }) => name);
    // A name stays known while its new object settles.
    const before = this.#names;
    this.#names = new Set([...settled.map(({ name }) => name), ...settling.filter((name) => before?.has(name))]);
    return { settled, settling };
  }

  #isSettled({ id, name, running, createdAt }: LabelledObject): boolean {
    if (this.#settled.has(id)) return true;
    if (this.#names !== undefined) return running && this.#names.has(name);
    // At the start, an object counts unless it was just made, judged by the engine's clock, which may differ from ours.
    return Math.abs(this.#clock.now().getTime() - createdAt.getTime()) > SETTLES_AFTER_MS;
  }

  #await(id: string): void {
    if (this.#waiting.has(id)) return;
    const waiting = new AbortController();
    this.#waiting.set(id, waiting);
    void this.#clock.wait(SETTLES_AFTER_MS, waiting.signal).then(() => {
      this.#waiting.delete(id);
      if (waiting.signal.aborted) return;
      this.#settled.add(id);
      this.#wake();
    });
  }

  #forget(isThere: (id: string) => boolean): void {
    for (const id of this.#settled) if (!isThere(id)) this.#settled.delete(id);
    for (const [id, waiting] of this.#waiting) if (!isThere(id)) waiting.abort();
  }
}
