import { fitJobName } from "../values/job-name.ts";

/**
 * Returns a name for what a command runs: that of its program or script, without folders and endings. Shells, interpreters,
 * wrappers such as `flock`, and what only prepares (`cd`, tests) are passed over.
 */
export function nameOfCommand(command: string): string {
  const steps = command.split(/&&|\|\||[;|&\n]/);
  const names = steps.map(nameOfStep).filter((name) => name !== undefined);
  return names[0] ?? "job";
}

const PREPARES: ReadonlySet<string> = new Set([
  "cd",
  "test",
  "[",
  "[[",
  "export",
  "set",
  "source",
  ".",
  "true",
  "sleep",
  "if",
  "umask",
]);

/** With the options of theirs that take a word. */
const WRAPS: ReadonlyMap<string, RegExp | undefined> = new Map<string, RegExp | undefined>([
  ["sudo", /^-(?:u|g|h|p|C|r|t)$/],
  ["env", /^-(?:u|C)$/],
  ["nice", /^-n$/],
  ["ionice", /^-(?:c|n|p)$/],
  ["nohup", undefined],
  ["exec", undefined],
  ["time", undefined],
  ["command", undefined],
  ["then", undefined],
  ["chronic", undefined],
  ["setsid", undefined],
  ["run-parts", undefined],
  ["su", /^-(?:c|s)$/],
  ["gosu", undefined],
  ["su-exec", undefined],
  ["bundle", undefined],
  ["php", /^-(?:d|c)$/],
  ["python", /^-W$/],
  ["python2", /^-W$/],
  ["python3", /^-W$/],
  ["node", undefined],
  ["ruby", undefined],
  ["perl", undefined],
  ["sh", undefined],
  ["bash", undefined],
  ["ash", undefined],
  ["dash", undefined],
  ["zsh", undefined],
]);

/** Wrappers whose first word is not the program: a lock, a duration, a user. */
const TAKES_A_WORD: ReadonlySet<string> = new Set(["flock", "timeout", "gosu", "su-exec", "su", "chroot"]);

const ENDING = /(?<=[^.])\.(?:sh|bash|py|pl|rb|php|phar|[cm]?js|ts|jar|bin|exe)$/i;

function nameOfStep(step: string): string | undefined {
  const words = (step.match(/"[^"]*"|'[^']*'|[^\s"'()]+/g) ?? []).map((word) => word.replaceAll(/^["']|["']$/g, ""));
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const base = word.split("/").at(-1) ?? "";
    if (/^\w+=/.test(word) || /^[\d&]*[<>]/.test(word)) continue;
    if (PREPARES.has(base)) return undefined;
    if (WRAPS.has(base) || TAKES_A_WORD.has(base)) {
      const takes = WRAPS.get(base);
      for (let option = words[at + 1]; option?.startsWith("-"); option = words[at + 1])
        at += takes?.test(option) === true ? 2 : 1;
      if (TAKES_A_WORD.has(base)) at++;
      // `sh -c 'cd /x && run'`: the word holds a command.
      const next = words[at + 1];
      if (next !== undefined && /\s/.test(next)) return nameOfCommand(next);
      continue;
    }
    return fitJobName(base.replace(ENDING, "").slice(0, 40));
  }
  return undefined;
}
