import { EngineUnavailable } from "../engines/engine.ts";
import type { RemainingItem, Remains } from "../engines/remains.ts";

/** `incomplete`: purge goes on from there when it is repeated. */
export type Purged =
  | { readonly kind: "done" | "nothing-to-do" }
  | { readonly kind: "incomplete"; readonly failures: readonly PurgeFailure[] };

export interface PurgeFailure {
  /** `run service`, `record`. */
  readonly what: string;
  readonly name: string;
  readonly why: string;
}

/**
 * Removes these remains, one kind after the other: a kind is begun when all of the one before it is gone, so that a purge
 * that breaks off can be repeated. One thing that cannot be removed keeps none of the others of its kind.
 *
 * @throws EngineUnavailable when the engine does not answer; nothing else is removed then.
 */
export async function purge(remains: readonly Remains[]): Promise<Purged> {
  if (remains.every(({ items }) => items.length === 0)) return { kind: "nothing-to-do" };
  for (const { words, items } of remains) {
    const failures = await removeAll(items);
    if (failures.length > 0)
      return { kind: "incomplete", failures: failures.map((failure) => ({ what: words[0], ...failure })) };
  }
  return { kind: "done" };
}

const AT_ONCE = 8;

async function removeAll(items: readonly RemainingItem[]): Promise<readonly Omit<PurgeFailure, "what">[]> {
  const pending = items.values();
  const failures: { readonly name: string; readonly why: string }[] = [];
  const work = async () => {
    for (const item of pending) {
      try {
        await item.remove();
      } catch (error) {
        if (error instanceof EngineUnavailable) throw error;
        failures.push({ name: item.name, why: error instanceof Error ? error.message : String(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failures.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
