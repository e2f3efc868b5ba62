import { expect } from "vitest";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { amount } from "../support/full.ts";
import { eventually } from "./eventually.ts";
import type { SchedulerProcess, shipbell } from "./scheduler-process.ts";
import { scheduleFile } from "./schedules.ts";
import type { Stage } from "./stage.ts";

/** How often each job is run; all jobs of the full run together are for what happens once in a hundred times. */
export const TIMES = amount({ usual: 1, full: 20 });

/** How many jobs of a kind share these runs. They run side by side, each one's own runs one after the other. */
const COPIES = amount({ usual: 1, full: 2 });

/** A run of the slowest job takes some seconds, on a busy machine ten. */
export const LONGEST_MS = 60_000 + TIMES * 30_000;

/** How far the clock of the machine of a second attempt is behind. */
export const CLOCK_BEHIND_MS = 5000;

/** A process whose every line is known. */
export interface Printing {
  readonly keys: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
}

const sh = (script: string) => ["sh", "-c", script];
const RETRIES = { limit: 1, delay: "1s", on: ["failed"] };

/** What ends in a way that loses lines: without a line end, at once, in a retry. */
export const PRINTING = inCopies({
  unended: { keys: { command: sh("printf no-newline-at-end") }, lines: ["no-newline-at-end"] },
  two: { keys: { command: sh("echo first; printf second-without") }, lines: ["first", "second-without"] },
  one: { keys: { command: "echo only-line" }, lines: ["only-line"] },
  slow: {
    keys: { command: sh("echo first; sleep 1; echo second; echo oops >&2; printf third") },
    lines: ["first", "oops", "second", "third"],
  },
  retry: {
    keys: {
      command: sh("echo a$$SHIPBELL_ATTEMPT; printf b$$SHIPBELL_ATTEMPT; exit $$((2 - $$SHIPBELL_ATTEMPT))"),
      retries: RETRIES,
    },
    lines: ["a1", "a2", "b1", "b2"],
  },
});

function inCopies(jobs: Readonly<Record<string, Printing>>): Readonly<Record<string, Printing>> {
  const copies = Array.from({ length: COPIES }, (_, copy) => copy + 1);
  return Object.fromEntries(
    Object.entries(jobs).flatMap(([name, job]) => copies.map((copy) => [`${name}-${copy}`, job])),
  );
}

/** The same in a container that runs already: the engine keeps nothing of it, and the scheduler alone reads it. */
export function inContainer(container: string): Readonly<Record<string, Printing>> {
  const keys = { image: undefined, launch: "exec", container, command: sh("echo first; sleep 1; printf last") };
  return inCopies({ exec: { keys, lines: ["first", "last"] } });
}

/** A job that is only ever started by a request. */
export function byRequest(jobs: Readonly<Record<string, Printing>>): string {
  const entries = Object.entries(jobs).map(([name, { keys }]) => [
    name,
    { schedule: "0 0 1 1 *", image: "busybox", ...keys },
  ]);
  return scheduleFile(Object.fromEntries(entries));
}

type Command = (...args: readonly string[]) => ReturnType<typeof shipbell>;

interface Reading {
  readonly command: Command;
  readonly ledger: Pick<Ledger, "read">;
  /**
   * True for a run whose last lines the engine did not give within 5 s, as a scheduler has logged: on a Swarm, whose nodes lose
   * each other where a machine is far too busy for them, they are gone with the service.
   */
  readonly isUnread?: (run: string) => boolean;
}

/** At most so many of all runs may be unread: more of them would prove nothing. */
const MOST_UNREAD = 0.1;

/**
 * Runs each job so often, all of them next to each other, and reads each run with `run --wait` and with `logs -f`: both
 * print every line once, whatever else they say. Of a run that is unread they print what there is, and say that it may not be all.
 */
export async function expectEveryLine(
  jobs: Readonly<Record<string, Printing>>,
  { command, ledger, isUnread = () => false }: Reading,
): Promise<void> {
  const unread = new Set<string>();
  const runsOf = async (job: string) => (await ledger.read(job))?.runs ?? [];
  const each = Object.entries(jobs).map(async ([job, { lines }]) => {
    const known = new Set<string>();
    for (let time = 1; time <= TIMES / COPIES; time++) {
      const waited = command("run", job, "--wait");
      const run = await eventually(`a run of ${job}`, async () =>
        (await runsOf(job)).map(({ id }) => id).findLast((id) => !known.has(id)),
      );
      known.add(run);
      const followed = command("logs", run, "--follow");
      for (const [name, output] of Object.entries({ "run --wait": await waited, "logs -f": await followed })) {
        const recorded = (await runsOf(job)).find(({ id }) => id === run)?.attempts;
        const said = `${name} of ${job}, time ${time}: ${JSON.stringify({ ...output, recorded })}`;
        expect(output.code, said).toBe(0);
        const printed = printedBy(output);
        if (isUnread(run) && printed.length < lines.length) {
          unread.add(run);
          expect(lines, said).toEqual(expect.arrayContaining(printed));
          expect(output.stderr, said).toMatch(/ is gone(?:, and no line|; its last lines)/);
        } else expect(printed, said).toEqual(lines);
      }
    }
  });
  await Promise.all(each);
  expect(unread.size).toBeLessThanOrEqual(Math.ceil(Object.keys(jobs).length * (TIMES / COPIES) * MOST_UNREAD));
}

/** The lines of the process, in alphabetical order: those of two streams have no other. */
function printedBy({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): string[] {
  const lines = [...stdout.split("\n"), ...stderr.split("\n")];
  return lines.filter((line) => line !== "" && !line.startsWith("shipbell: ")).sort();
}

/** A scheduler of these jobs, as soon as it knows them. */
export async function scheduling(stage: Stage, jobs: Readonly<Record<string, Printing>>): Promise<SchedulerProcess> {
  await stage.folder.writeSchedules(byRequest(jobs));
  const scheduler = stage.openScheduler();
  await scheduler.until("jobs-changed");
  return scheduler;
}
