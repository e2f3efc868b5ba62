import { systemClock } from "../../clock.ts";
import { chooseKind } from "../../engines/kinds.ts";
import type { InstanceRemains, Remains } from "../../engines/remains.ts";
import { purge } from "../../operate/purge.ts";
import type { Settings } from "../../settings/settings.ts";
import { type Args, type Command, withSettings } from "../command.ts";
import { ask } from "../terminal/ask.ts";
import { exitCodes, type Terminal } from "../terminal/terminal.ts";

/** The end of an instance. Its schedulers must be stopped before: a running one would write its records again. */
export const purgeCommand: Command = {
  usage: "purge",
  describe: "Removal of all that an instance has left",
  options: { yes: { type: "boolean", describe: "No question before it" } },
  run: (args, terminal) => withSettings(args, terminal, (settings) => purgeInstance(args, settings, terminal)),
};

async function purgeInstance(args: Args, settings: Settings, terminal: Terminal): Promise<number> {
  const { connectDocker } = await import("../../engines/docker/connect.ts");
  const { findRemains } = await import("../../engines/open.ts");
  const { instance } = settings;
  const docker = connectDocker(settings.dockerHost);
  const found = await findRemains(await chooseKind(docker, settings.engine), { docker, clock: systemClock, settings });
  if ("inUse" in found) {
    terminal.err(`shipbell: ${found.inUse}`);
    return exitCodes.problem;
  }
  const { input } = terminal;
  const agreement = args.yes === true ? "given" : input && ((question: string) => ask(question, input, terminal));
  try {
    return await purgeRemains(found, { instance, agreement, terminal });
  } finally {
    found.release();
  }
}

interface PurgeParts {
  readonly instance: string;
  /** `given` on the command line; otherwise how it is asked for, undefined where there is no terminal to ask on. */
  readonly agreement: "given" | ((question: string) => Promise<string>) | undefined;
  readonly terminal: Pick<Terminal, "out" | "err">;
}

/** Says what an instance has left behind, and removes it if the operator agrees. */
export async function purgeRemains(
  { where, remains }: Pick<InstanceRemains, "where" | "remains">,
  { instance, agreement, terminal }: PurgeParts,
): Promise<number> {
  const left = remains.filter(({ items }) => items.length > 0);
  if (left.length === 0) {
    terminal.out(`nothing of instance ${instance} is left in ${where}`);
    return exitCodes.ok;
  }
  terminal.out(`this is left of instance ${instance}, and is removed from`);
  terminal.out(`${where}:`);
  for (const each of left) terminal.out(`  ${describeRemains(each)}`);
  if (agreement === undefined) {
    const why = "there is no terminal to ask on; --yes says that it may be done";
    terminal.err(`shipbell: nothing was removed: ${why}`);
    return exitCodes.usage;
  }
  if (agreement !== "given" && (await agreement('Remove all this? Only "yes" does it.')).trim() !== "yes") {
    terminal.err('shipbell: nothing was removed: the answer was not "yes"');
    return exitCodes.problem;
  }
  const purged = await purge(left);
  if (purged.kind !== "incomplete") {
    terminal.out("removed");
    return exitCodes.ok;
  }
  for (const { what, name, why } of purged.failures)
    terminal.err(`shipbell: ${what} ${name} cannot be removed: ${why}`);
  terminal.err("shipbell: not all of it is removed; purge goes on from there when it is repeated");
  return exitCodes.problem;
}

const NAMES_SHOWN = 5;

/** `3 run services (a, b, c), 1 of them running`. */
export function describeRemains({ words: [one, several], items }: Remains): string {
  const sorted = items.map(({ name }) => name).toSorted();
  const names = sorted.slice(0, NAMES_SHOWN);
  const shown = items.length > names.length ? [...names, "…"] : names;
  const notes = Object.entries(Object.groupBy(items, ({ note = "" }) => note)).filter(([note]) => note !== "");
  const noted = notes.map(([note, those = []]) => `, ${those.length} of them ${note}`);
  return `${items.length} ${items.length === 1 ? one : several} (${shown.join(", ")})${noted.join("")}`;
}
