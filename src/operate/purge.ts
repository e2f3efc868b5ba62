import { EngineUnavailable } from "../engines/engine.ts";
import { exitCodes, type Terminal } from "../cli/terminal/terminal.ts";

/** Things of one kind that an instance has left, as they are removed: in one go, after all kinds before it. */
export interface Remains {
  /** One of them, and several: `["record", "records"]`. */
  readonly words: readonly [one: string, several: string];
  readonly items: readonly RemainingItem[];
}

export interface RemainingItem {
  readonly name: string;
  /** What is lost beside the thing itself: that it runs, say. */
  readonly note?: string;
  /** Repeating it is safe. Throws when it is not clear that the thing is gone. */
  remove(): Promise<void>;
}

/** What is purged, and how people are asked. */
export interface PurgeParts {
  readonly instance: string;
  /** Where it was looked for: `the Swarm behind unix:///…`. */
  readonly where: string;
  readonly remains: readonly Remains[];
  /** Somebody has said on the command line that it may be done. */
  readonly isAgreed: boolean;
  /** Absent where nobody can be asked. */
  readonly ask?: (question: string) => Promise<string>;
  readonly terminal: Pick<Terminal, "out" | "err">;
}

const NAMES_SHOWN = 5;
const AT_ONCE = 8;

/**
 * Says what an instance has left, and removes it when somebody agrees. What comes first in `remains` is gone before
 * the next is begun, so that a purge that breaks off, or cannot remove all of a kind, can be repeated.
 */
export async function purge(parts: PurgeParts): Promise<number> {
  const { instance, where, terminal } = parts;
  const remains = parts.remains.filter(({ items }) => items.length > 0);
  if (remains.length === 0) {
    terminal.out(`nothing of instance ${instance} is left in ${where}`);
    return exitCodes.ok;
  }
  terminal.out(`this is left of instance ${instance}, and is removed from`);
  terminal.out(`${where}:`);
  for (const each of remains) terminal.out(`  ${describeRemains(each)}`);
  const refused = await refusalOf(parts);
  if (refused !== undefined) {
    terminal.err(`shipbell: nothing was removed: ${refused.why}`);
    return refused.exitCode;
  }
  for (const { words, items } of remains) {
    const failures = await removeAll(items);
    for (const { name, why } of failures) terminal.err(`shipbell: ${words[0]} ${name} cannot be removed: ${why}`);
    if (failures.length > 0) {
      terminal.err("shipbell: not all of it is removed; purge goes on from there when it is repeated");
      return exitCodes.problem;
    }
  }
  terminal.out("removed");
  return exitCodes.ok;
}

/** `3 run services (a, b, c), 1 of them running`. */
export function describeRemains({ words: [one, several], items }: Remains): string {
  const sorted = items.map(({ name }) => name).toSorted();
  const names = sorted.slice(0, NAMES_SHOWN);
  const shown = items.length > names.length ? [...names, "…"] : names;
  const notes = Object.entries(Object.groupBy(items, ({ note = "" }) => note)).filter(([note]) => note !== "");
  const told = notes.map(([note, noted = []]) => `, ${noted.length} of them ${note}`);
  return `${items.length} ${items.length === 1 ? one : several} (${shown.join(", ")})${told.join("")}`;
}

async function refusalOf({ isAgreed, ask }: PurgeParts): Promise<Refusal | undefined> {
  if (isAgreed) return undefined;
  if (ask === undefined)
    return { why: "there is no terminal to ask on; --yes says that it may be done", exitCode: exitCodes.usage };
  const answer = await ask('Remove all this? Only "yes" does it.');
  return answer.trim() === "yes" ? undefined : { why: 'the answer was not "yes"', exitCode: exitCodes.problem };
}

interface Refusal {
  readonly why: string;
  readonly exitCode: number;
}

interface Failure {
  readonly name: string;
  readonly why: string;
}

/**
 * A few at a time. One that cannot be removed keeps none of the others.
 *
 * @throws EngineUnavailable when the engine does not answer; no other is begun then.
 */
async function removeAll(items: readonly RemainingItem[]): Promise<readonly Failure[]> {
  const pending = items.values();
  const failures: Failure[] = [];
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
