import { systemClock } from "../../clock.ts";
import { type Downgraded, downgrade, isOlderVersion } from "../../operate/downgrade.ts";
import type { Settings } from "../../settings/settings.ts";
import { type Args, type Command, withSettings } from "../command.ts";
import { connectedKind } from "../instance/instance.ts";
import { exitCodes, type Terminal } from "../terminal/terminal.ts";

/** For operators who go back: an older scheduler leaves records alone that this version has written. */
export const downgradeCommand: Command = {
  usage: "downgrade",
  describe: "Ledger in the form of an older version; no scheduler may run",
  options: {
    to: { type: "string", requiresArg: true, describe: "Version that goes on with it (0.1 or 0.2)" },
  },
  run: (args, terminal) => withSettings(args, terminal, (settings) => downgradeLedger(args, settings, terminal)),
};

async function downgradeLedger({ to }: Args, settings: Settings, terminal: Terminal): Promise<number> {
  if (typeof to !== "string" || !isOlderVersion(to)) {
    const what = to === undefined ? "no version is given" : `"${to}" is no version to which this ledger can go back`;
    terminal.err(`shipbell: --to: ${what}; it may be 0.1 or 0.2 (--to 0.2.0)`);
    return exitCodes.usage;
  }
  const found = await connectedKind(settings, terminal);
  if (found === undefined) return exitCodes.problem;
  const { ledgerFileId, openOldLedger } = await import("../../engines/open.ts");
  const { askScheduler } = await import("../instance/ask-scheduler.ts");
  const answer = await askScheduler(settings, ledgerFileId(found.kind, settings.stateDir));
  const parts = { docker: found.docker, clock: systemClock, settings };
  const old = answer.kind === "answers" ? undefined : await openOldLedger(found.kind, parts);
  if (old === undefined) {
    terminal.err("shipbell: nothing was changed: a scheduler works on this ledger; stop it first");
    return exitCodes.problem;
  }
  try {
    return tell(await downgrade({ ledger: old.ledger, clock: systemClock }), to, terminal);
  } finally {
    old.close();
  }
}

function tell({ jobs, left, wasPaused, pausesWithoutEnd, untold }: Downgraded, to: string, terminal: Terminal): number {
  if (wasPaused)
    terminal.out(
      `all jobs were paused together, which ${to} does not know: each of them is paused now, until it is resumed`,
    );
  for (const { job, until } of pausesWithoutEnd)
    terminal.out(`${job} stays paused until it is resumed: ${to} does not end its pause at ${until.toISOString()}`);
  for (const { channel, waiting, open } of untold) {
    if (waiting.length > 0)
      terminal.out(
        `${channel} has not been told what waits for it of ${waiting.join(", ")}: ${to} sends no notices, and drops it`,
      );
    if (open.length > 0)
      terminal.out(
        `${channel} has open incidents of ${open.join(", ")}, and will not hear when they end: close them there`,
      );
  }
  for (const { job, why } of left) terminal.err(`shipbell: the record of ${job} is left as it was: ${why}`);
  const written = jobs.length === 1 ? "1 record is" : `${jobs.length} records are`;
  terminal.out(`${written} in the form of ${to}; start that version now`);
  return left.length === 0 ? exitCodes.ok : exitCodes.problem;
}
