import { activeRuns } from "../../ledger/record.ts";
import { openRecords, runIds } from "../../view/find.ts";
import { type CompletionNames, settingsFor } from "../command.ts";
import { withInstance } from "../instance/instance.ts";
import { exitCodes, type Terminal } from "../terminal/terminal.ts";

/** True when a shell asks, through the script that `shipbell completion` prints. */
export function isCompletionRequest([first]: readonly string[]): boolean {
  return first === "--get-yargs-completions";
}

/** The names in the ledger that the environment names. None, without a message, when it cannot be read. */
export async function completionNames(terminal: Terminal): Promise<CompletionNames> {
  const nothing = { jobs: [], "active-runs": [], "runs-and-jobs": [], channels: [] };
  let names: CompletionNames = { ...nothing, notify: ["ls", "test"] };
  const silent: Terminal = { ...terminal, out: () => {}, err: () => {} };
  const settings = settingsFor({}, silent);
  if (settings === undefined) return names;
  try {
    await withInstance(settings, silent, async ({ ledger }) => {
      const records = openRecords((await ledger.load()).records);
      const jobs = [...records.keys()];
      const active = [...records.values()].flatMap((record) => activeRuns(record).map(({ id }) => id));
      const named = [...records.values()].flatMap(({ definition }) => definition.telling?.notify ?? []);
      const channels = [...new Set(named.map(({ to }) => to))];
      names = { ...names, jobs, "active-runs": active, "runs-and-jobs": [...jobs, ...runIds(records)], channels };
      return exitCodes.ok;
    });
  } catch {
    // A message would end up in the middle of the line that is being typed.
  }
  return names;
}

/** Leaves only useful completions: flags where one is begun, or the command's own flags where it takes nothing else. */
export function shownCompletions(output: string, argv: readonly string[], ownFlags: readonly string[]): string {
  if (argv.at(-1)?.startsWith("-")) return output;
  const lines = output.split("\n");
  const words = lines.filter((line) => !line.startsWith("-"));
  return (words.length > 0 ? words : lines.filter((line) => ownFlags.some((flag) => isFlag(line, flag)))).join("\n");
}

/** In zsh, a colon and a description follow. */
function isFlag(line: string, flag: string): boolean {
  return line === flag || line.startsWith(`${flag}:`);
}
