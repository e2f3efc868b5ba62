import type { Clock } from "../clock.ts";
import { COMPOSE_LABELS } from "../definition/labels/compose-labels.ts";
import { type LabelledObject, type LabelSettings, parseLabels } from "../definition/labels/parse-labels.ts";
import { Settling } from "./labelled-objects.ts";
import { olderFirst } from "./older-first.ts";
import type { JobSource } from "./source.ts";

export interface ContainerLabelsSettings extends LabelSettings {
  /** All containers with labels that begin with `shipbell.`, in whatever state; rejects when they cannot be listed. */
  readonly listLabelled: (signal: AbortSignal) => Promise<readonly LabelledObject[]>;
  /** Calls `wake` whenever that list may have changed: created, renamed, started, ended, removed. */
  readonly watchObjects: (wake: () => void, signal: AbortSignal) => void;
  readonly clock: Clock;
}

/**
 * The jobs that containers declare by their labels; of two with one name the older container counts. A container that
 * has just been made is waited for, and one of `docker compose run` declares nothing: it has the labels of its service.
 */
export function containerLabels(settings: ContainerLabelsSettings): JobSource {
  const settling = new Settling(settings.clock);
  return {
    name: "containers",
    async load(signal) {
      const objects = (await settings.listLabelled(signal)).filter((object) => !isOneOff(object));
      const { settled, settling: names } = settling.sort(withoutReplacements(objects));
      return { ...parseLabels(settled.toSorted(olderFirst), settings), settling: names };
    },
    watch(wake, signal) {
      settling.watch(wake, signal);
      settings.watchObjects(wake, signal);
    },
  };
}

function isOneOff({ labels }: LabelledObject): boolean {
  return labels[COMPOSE_LABELS.oneOff] === "True";
}

/**
 * While Compose replaces a container, the new one is called `0123456789ab_NAME` until the old one is gone. It stands
 * for NAME all the time: as the old one, as long as that is there, and then in its place.
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
