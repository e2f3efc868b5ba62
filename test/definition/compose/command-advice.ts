/** What a job says of its command, as a schedule file has it. */
export interface CommandKeys {
  readonly command: string | readonly string[];
  readonly entrypoint?: string | readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

interface AdviceCase {
  /** Completes "a command …". */
  readonly what: string;
  readonly keys: CommandKeys;
  /** What a shell makes of it, in an image of busybox. */
  readonly prints: string;
  readonly exitCode?: number;
}

/** Commands that need a shell, and what they mean to one. */
export const adviceCases: readonly AdviceCase[] = [
  { what: "with &&", keys: { command: "echo a && exit 3" }, prints: "a", exitCode: 3 },
  { what: "with a pipe and a quote", keys: { command: 'echo "it\'s" | tr s S' }, prints: "it'S" },
  { what: "with ;", keys: { command: "echo a; echo b" }, prints: "a\nb" },
  { what: "with > and <", keys: { command: "echo a > /tmp/x && cat < /tmp/x" }, prints: "a" },
  { what: "with $()", keys: { command: "echo $$(echo inner)" }, prints: "inner" },
  { what: "with backticks", keys: { command: "echo `echo inner`" }, prints: "inner" },
  { what: "in a subshell", keys: { command: "(echo a)" }, prints: "a" },
  { what: "with an assignment", keys: { command: "ANSWER=42 sh -c 'echo $$ANSWER'" }, prints: "42" },
  { what: "that changes the folder", keys: { command: "cd /tmp && pwd" }, prints: "/tmp" },
  { what: "that begins with a word of shells", keys: { command: "umask 027" }, prints: "" },
  { what: "that ends a shell", keys: { command: "exit 5" }, prints: "", exitCode: 5 },
  { what: "that begins with a keyword", keys: { command: "if true; then echo yes; fi" }, prints: "yes" },
  { what: "that exports", keys: { command: "export A=1" }, prints: "" },
  { what: "with a pattern", keys: { command: "echo /etc/host*" }, prints: "/etc/hostname /etc/hosts" },
  { what: "with a home directory", keys: { command: "echo ~/x" }, prints: "/root/x" },
  { what: "with a variable", keys: { command: "echo $$HOME" }, prints: "/root" },
  { what: "with a variable in double quotes", keys: { command: 'echo "in $$HOME"' }, prints: "in /root" },
  { what: "with $() in double quotes", keys: { command: 'echo "$$(echo inner)"' }, prints: "inner" },
  {
    what: "for a shell as the entrypoint",
    keys: { entrypoint: ["/bin/sh", "-c"], command: "echo a && exit 3" },
    prints: "a",
    exitCode: 3,
  },
  { what: "of two words for such a shell", keys: { entrypoint: "sh -ec", command: "echo both" }, prints: "both" },
  {
    what: "for such a shell behind another program",
    keys: { entrypoint: "env A=1 sh -c", command: "echo $$A; exit 2" },
    prints: "1",
    exitCode: 2,
  },
  { what: "with the shell in it, without quotes", keys: { command: "sh -c echo both" }, prints: "both" },
  {
    what: "with the shell in it, and an operator",
    keys: { command: "sh -c echo a && exit 3" },
    prints: "a",
    exitCode: 3,
  },
  { what: "for another entrypoint", keys: { entrypoint: ["echo"], command: "a && exit 3" }, prints: "a", exitCode: 3 },
  { what: "as an entrypoint", keys: { entrypoint: "echo a && exit 3", command: [] }, prints: "a", exitCode: 3 },
];

/** The shell's own quotes. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** What somebody writes who follows the advice to have a shell; undefined where there is no such advice. */
export function followShellAdvice(keys: CommandKeys, hint: string): CommandKeys | undefined {
  const command = typeof keys.command === "string" ? keys.command : "";
  if (hint.includes('entrypoint: ["/bin/sh", "-c"]')) {
    const program = Array.isArray(keys.entrypoint) ? keys.entrypoint.join(" ") : String(keys.entrypoint ?? "");
    return { ...keys, entrypoint: ["/bin/sh", "-c"], command: [`${program} ${command}`.trim()] };
  }
  if (hint.includes("command: ['…']")) return { ...keys, command: [command] };
  const inShell = /^sh -c (.*)$/s.exec(command)?.[1];
  if (inShell !== undefined) return { ...keys, command: `sh -c ${quoted(inShell)}` };
  if (hint.endsWith("into quotes: '…'")) return { ...keys, command: quoted(command) };
  if (hint.includes("sh -c '…'")) return { ...keys, command: `sh -c ${quoted(command)}` };
  return undefined;
}

/** And what follows from the advice to put a variable under `environment`. */
export function followEnvironmentAdvice(keys: CommandKeys, hint: string): CommandKeys | undefined {
  const [, name, value = "", rest] = /^(\w+)=(\S*) (.+)$/s.exec(String(keys.command)) ?? [];
  if (!hint.includes("under environment") || name === undefined || rest === undefined) return undefined;
  return { ...keys, environment: { [name]: value }, command: rest };
}

/** And from the advice to put something in quotes, so that the program gets it as it is. */
export function followQuoteAdvice(keys: CommandKeys, hint: string): CommandKeys | undefined {
  const [, operator] = /put (\S+) in (?:single )?quotes to pass it on/.exec(hint) ?? [];
  if (operator === undefined || operator === "it") return undefined;
  const quote = (text: string | readonly string[] | undefined) =>
    typeof text === "string" ? text.replaceAll(/&&|\|\||\${1,2}\(|[;&|<>()`]/g, "'$&'") : text;
  const entrypoint = quote(keys.entrypoint);
  return { ...keys, command: quote(keys.command) ?? [], ...(entrypoint !== undefined && { entrypoint }) };
}
