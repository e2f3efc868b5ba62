import { type LabelledObject, type LabelSettings, parseLabels } from "../definition/labels/parse-labels.ts";
import { olderFirst } from "./older-first.ts";
import type { JobSource } from "./source.ts";

export interface ServiceLabelsSettings extends LabelSettings {
  /** All services with labels that begin with `shipbell.`, also on their containers; rejects when they cannot be listed. */
  readonly listLabelled: (signal: AbortSignal) => Promise<readonly LabelledObject[]>;
  /** Calls `wake` whenever that list may have changed: a service was created, updated, removed. */
  readonly watchObjects: (wake: () => void, signal: AbortSignal) => void;
}

/** The jobs that services of the Swarm declare by their labels; of two with one name the older service counts. */
export function serviceLabels(settings: ServiceLabelsSettings): JobSource {
  return {
    name: "services",
    async load(signal) {
      const objects = await settings.listLabelled(signal);
      return parseLabels(objects.toSorted(olderFirst), settings);
    },
    watch: settings.watchObjects,
  };
}
