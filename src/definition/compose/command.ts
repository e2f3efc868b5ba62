import * as z from "zod";
import { onTypographicQuotes } from "../../job/problem.ts";
import { listOf } from "../values/fields.ts";
import { type Issue, mustBe, quoted } from "../values/issue.ts";
import { splitShellWords } from "../values/shell-words.ts";
import type { KeyGroup } from "./key-group.ts";

const word = z.string({
  error: (issue) => `holds ${quoted(issue.input)} where a word must stand; write its words one after the other`,
});

/** A text with a shell's operators is left whole: `checkCommand` knows whether a shell runs it. */
const line = z.string().transform((written, context): readonly string[] => {
  const split = splitShellWords(written);
  if ("words" in split) return split.words;
  if ("operator" in split) return [written];
  const { unfinished } = split;
  context.issues.push({
    code: "custom",
    input: written,
    message: `${quoted(written)} has a ${unfinished} that has no end`,
    params: { hint: `end it with another ${unfinished}, or write \\${unfinished} for the character itself` },
  });
  return z.NEVER;
});

/** A text, split into words as a shell would, or a list of words. */
export const command = z.union([line, listOf(word, "a list of words")], {
  error: (issue) => mustBe("a text or a list of words", issue.input),
});

export const someCommand = command.refine((words) => words.length > 0, "must not be empty");

/** Which program is run. Labels and commands in running containers are checked by `checkCommand`, too. */
export const commandGroup = {
  keys: { command: command.nullish(), entrypoint: command.nullish() },
} satisfies KeyGroup;

/** `command` and `entrypoint` as they are written. Anything but texts and lists of texts is left to the schema. */
interface WrittenCommand {
  readonly command?: unknown;
  readonly entrypoint?: unknown;
}

/** What the words of a command are given to. */
type Program =
  /** Nothing: the first word is the program. */
  | "none"
  /** The image's own entrypoint, which is not known: the first word may be a word for that. */
  | "unknown"
  /** An entrypoint of the job's own: the words are for that. */
  | "own"
  /** A shell with `-c`: the first word is what it runs. */
  | "shell";

/**
 * Finds what only a shell understands in a command that no shell runs: operators, assignments, words of the shell itself,
 * and patterns. What could not be started is an error. What would reach the program as written, but probably was meant
 * for a shell, is a warning. What is in quotes is meant as it is.
 */
export function checkCommand({ command, entrypoint }: WrittenCommand, where: "run" | "exec"): Issue[] {
  const program = where === "exec" ? "none" : programOf(entrypoint);
  return [
    ...emptyWords({ command, entrypoint }, program, where),
    ...check("entrypoint", entrypoint, "none"),
    ...check("command", command, program),
  ];
}

/**
 * Finds commands in which an engine finds no program. It takes an entrypoint of one empty word for none at all, and then
 * does not use the image's own command either.
 */
function emptyWords({ command, entrypoint }: WrittenCommand, program: Program, where: "run" | "exec"): Issue[] {
  const [words, own] = [wordsOf(command), wordsOf(entrypoint)];
  const isGiven = where === "run" && entrypoint !== undefined && entrypoint !== null && isReadable(entrypoint);
  if (isGiven && !isNone(own) && isBlank(own[0]))
    return [emptyFirst("entrypoint", "name the program, or write entrypoint: [] to have none")];
  if (isGiven && isNone(own) && words.length === 0 && isReadable(command)) {
    const message =
      "entrypoint is empty, and there is no command: nothing is left to run, as the image's own command is not used";
    return [
      { path: ["entrypoint"], on: "value", message, hint: "add command, or leave entrypoint out for the image's own" },
    ];
  }
  if (words.length === 0 || !isBlank(words[0])) return [];
  if (program === "none") return [emptyFirst("command", "name the program")];
  if (program !== "unknown") return [];
  const hint = "name the program, or leave command out for the image's own";
  return [{ ...emptyFirst("command", hint), severity: "warning" }];
}

function emptyFirst(key: "command" | "entrypoint", hint: string): Issue {
  return { path: [key], on: "value", message: `${key} begins with an empty word, which is no program`, hint };
}

function isBlank(word: string | undefined): boolean {
  return word?.trim() === "";
}

/** No entrypoint, as an engine reads it. */
function isNone(words: readonly string[]): boolean {
  return words.length === 0 || (words.length === 1 && words[0] === "");
}

/** True where all words are known: what cannot be read is not empty. */
function isReadable(written: unknown): boolean {
  if (written === undefined || written === null) return true;
  if (Array.isArray(written)) return written.every((word) => typeof word === "string");
  return typeof written === "string" && "words" in splitShellWords(written);
}

function programOf(entrypoint: unknown): Program {
  if (entrypoint === undefined || entrypoint === null) return "unknown";
  const words = wordsOf(entrypoint);
  if (isNone(words)) return isReadable(entrypoint) ? "none" : "own";
  return isShellCommand(words) ? "shell" : "own";
}

function wordsOf(written: unknown): readonly string[] {
  if (Array.isArray(written)) return written.filter((word) => typeof word === "string");
  const split = typeof written === "string" ? splitShellWords(written) : undefined;
  return split !== undefined && "words" in split ? split.words : [];
}

const SHELL = /^(?:.*\/)?(?:sh|ash|bash|dash|ksh|mksh|zsh|busybox)$/;
const RUNS_A_TEXT = /^-[a-z]*c$/;

/** `sh -c`, `/bin/bash -euo pipefail -c`, `tini -- sh -c`. */
function isShellCommand(words: readonly string[]): boolean {
  return words.some((word) => SHELL.test(word)) && RUNS_A_TEXT.test(words.at(-1) ?? "");
}

function check(key: "command" | "entrypoint", written: unknown, program: Program): Issue[] {
  const path = [key];
  if (Array.isArray(written)) return checkList(key, written, program);
  if (typeof written !== "string") return [];
  const split = splitShellWords(written);
  if ("unfinished" in split) return [];
  if ("operator" in split) {
    const { operator } = split;
    const isForAShell = program === "shell" || HAS_A_SHELL.test(written);
    const why = isForAShell ? "so that no shell reads it" : "and no shell runs that would give it a meaning";
    const message = `${key} ${quoted(written)} has ${operator} outside quotes, ${why}`;
    return [{ path, on: "value", message, hint: operatorHint(key, written, { program, operator }) }];
  }
  const found =
    program === "shell"
      ? wordsForAShell(split.written)
      : [...firstWord(key, split.written, program), ...laterWords(split, program)];
  return found.map(({ says, ...issue }) => ({
    path,
    on: "value",
    message: `${key} ${quoted(written)} ${says}`,
    ...issue,
  }));
}

type Found = Pick<Issue, "hint" | "severity"> & {
  /** Completes the sentence that begins with the key and its value. */
  readonly says: string;
};

/** `sh -c echo a && exit 3` */
const HAS_A_SHELL = /^\s*(?:\/[\w/]+\/)?(?:ba|da|k|z|a)?sh\s+-[a-z]*c\s/;

const HAVE_A_SHELL = "write sh -c '…' to have a shell";

interface Operator {
  readonly program: Program;
  readonly operator: string;
}

/** Returns advice that gives the operator a meaning; `…` stands for what was written. */
function operatorHint(key: string, written: string, { program, operator }: Operator): string {
  if (program === "shell")
    return "the entrypoint is a shell already: write command as a list of one text, command: ['…']";
  if (HAS_A_SHELL.test(written)) return "put all that the shell is to run into quotes: sh -c '…'";
  // Where not even the first word could be started, nothing would get the operator.
  const isStartable = firstWord(key, [/^\s*(\S*)/.exec(written)?.[1] ?? ""], program).length === 0;
  const passOn = isStartable
    ? `, or put ${operator} in ${EXPANSION.test(operator) ? "single quotes" : "quotes"} to pass it on`
    : "";
  if (key === "entrypoint")
    return `write entrypoint: ["/bin/sh", "-c"], and what it is to run as command: ['…']${passOn}`;
  return program === "own"
    ? `write entrypoint: ["/bin/sh", "-c"] and all that it is to run as command: ['…'] to have a shell${passOn}`
    : `${HAVE_A_SHELL}${passOn}`;
}

/** What stands before an `=` without quotes. */
const ASSIGNMENT = /^[A-Za-z_]\w*\+?=/;

/** Words of a shell that no image has as a program, and no program as a word for itself. */
const SHELL_WORDS: ReadonlySet<string> = new Set(
  (
    ". : [[ { ! alias break builtin case cd declare do done elif else esac eval exit fi for function getopts if let " +
    "local popd pushd readonly shopt source then times trap typeset ulimit umask unalias unset until while"
  ).split(" "),
);

/** Words of a shell that a program may have, too: `bundle exec`, `redis-cli set`. */
const PERHAPS_SHELL_WORDS: ReadonlySet<string> = new Set(
  "export exec set read wait command type jobs return shift hash bind select enable continue".split(" "),
);

const INSTEAD: ReadonlyMap<string, string> = new Map([
  ["cd", "write the folder under working_dir"],
  ["export", "write the variable under environment"],
  ["exec", "leave exec out"],
  ["ulimit", "write the limit under ulimits"],
  [":", "write true"],
]);

/** Finds a first word that cannot be the name of a program. */
function firstWord(key: string, [word = ""]: readonly string[], program: Program): Found[] {
  if (program === "own") return [];
  const passOn = program === "unknown" ? ", or put it in quotes to pass it to the image's entrypoint" : "";
  if (ASSIGNMENT.test(word))
    return [
      {
        says: "begins with an assignment, and no shell runs that would carry it out",
        hint: `write ${key === "command" ? "it" : "the variable"} under environment, ${HAVE_A_SHELL.replace("write ", "or ")}${passOn}`,
      },
    ];
  const isCertain = SHELL_WORDS.has(word) || (program === "none" && PERHAPS_SHELL_WORDS.has(word));
  if (isCertain || PERHAPS_SHELL_WORDS.has(word)) {
    const instead = INSTEAD.get(word);
    return [
      {
        // Of a list that is known: no secret.
        says: `begins with ${word}, which is a word of shells, and no shell runs`,
        hint: `${instead === undefined ? HAVE_A_SHELL : `${instead}, or ${HAVE_A_SHELL.replace("write ", "")}`}${passOn}`,
        ...(!isCertain && { severity: "warning" }),
      },
    ];
  }
  if (/^~(?:\/|$)/.test(word))
    return [
      {
        says: "begins with ~, and no shell runs that would put a home directory in its place",
        hint: `write an absolute path${passOn}`,
      },
    ];
  if (EXPANSION.test(withoutSingleQuotes(word)))
    return [
      {
        says: "begins with a variable, and no shell runs that would put its value in its place",
        hint: `name the program, ${HAVE_A_SHELL.replace("write ", "or ")}${passOn.replace("in quotes", "in single quotes")}`,
      },
    ];
  return /[*?]/.test(withoutQuotes(word))
    ? [
        {
          says: "begins with a pattern, and no shell runs that would put file names in its place",
          hint: `name the program${passOn}`,
        },
      ]
    : [];
}

interface Words {
  readonly words: readonly string[];
  readonly written: readonly string[];
}

/** Finds what would reach the program as it is written. */
function laterWords({ words, written }: Words, program: Program): Found[] {
  const textAt = shellTextAt(words);
  if (textAt > 0) return wordsForAShell(written.slice(textAt));
  if (words.some((word) => SHELL.test(word))) return [];
  const quotes = written
    .map(withoutQuotes)
    .map(onTypographicQuotes)
    .find((each) => each !== undefined);
  if (quotes !== undefined)
    return [{ says: "has typographic quotes, which quote nothing", hint: quotes, severity: "warning" }];
  // An entrypoint of the job's own gets the first word, too.
  const given = program === "own" ? written : written.slice(1);
  const later = given.map(withoutQuotes);
  const hint = `${HAVE_A_SHELL}, or put it in quotes to pass it on as it is`;
  const severity = "warning" as const;
  if (later.some((word) => word.includes("*")))
    return [{ says: "has * outside quotes, and no shell runs that would put file names in its place", hint, severity }];
  if (later.some((word) => /^~(?:\/|$)/.test(word)))
    return [
      { says: "has ~ outside quotes, and no shell runs that would put a home directory in its place", hint, severity },
    ];
  if (given.some((word) => EXPANSION.test(withoutSingleQuotes(word))))
    return [
      {
        says: "has $ or ` outside single quotes, and no shell runs that would put a value in its place",
        hint: `${HAVE_A_SHELL}, or put it in single quotes to pass it on as it is`,
        severity,
      },
    ];
  if (given.some((word) => word.startsWith("#")))
    return [
      {
        says: "has # outside quotes, and no shell runs that would leave out what follows",
        hint: "leave the comment out, or put # in quotes to pass it on",
        severity,
      },
    ];
  return [];
}

/** What a shell replaces outside of single quotes: `$HOME`, `${HOME}`, `$(date)`, and backticks. */
const EXPANSION = /\$[A-Za-z_{(]|`/;

/** Returns the index of the text that a shell among the words is to run, after its `-c`; 0 where there is none. */
function shellTextAt(words: readonly string[]): number {
  const shellAt = words.findIndex((word) => SHELL.test(word));
  return shellAt === -1 ? 0 : words.findIndex((word, index) => index > shellAt && RUNS_A_TEXT.test(word)) + 1;
}

/** A shell runs only the first of the words after `-c`: the others are its `$0`, `$1` and so on. */
function wordsForAShell([first = "", ...others]: readonly string[]): Found[] {
  if (others.length === 0 || /['"\\]/.test(first)) return [];
  const hint = "put all that the shell is to run into quotes: '…'";
  return [
    {
      says: "has several words for a shell that runs the first of them alone",
      hint,
      severity: "warning",
    },
  ];
}

const QUOTES = /\\.|'[^']*'|"(?:\\.|[^"\\])*"/gs;

function withoutQuotes(word: string): string {
  return word.replace(QUOTES, "");
}

/** Keeps what is in double quotes, where a shell replaces variables. */
function withoutSingleQuotes(word: string): string {
  return word.replace(QUOTES, (quote) => (quote.startsWith('"') ? quote.replace(/\\./gs, "") : ""));
}

/** A list is passed on as it is: nothing in it needs quotes, and the first word is the program's whole name. */
function checkList(key: string, written: readonly unknown[], program: Program): Issue[] {
  const words = written.map((word) => (typeof word === "string" ? word : ""));
  return [...listProgram(key, words, program), ...listForAShell(key, words, program)];
}

function listProgram(key: string, [first = "", ...others]: readonly string[], program: Program): Issue[] {
  const [wrong] = program === "none" ? firstWord(key, [first], program) : [];
  if (wrong !== undefined) {
    const { says, ...issue } = wrong;
    return [{ path: [key, 0], on: "value", message: `${key} ${quoted(first)} ${says}`, ...issue }];
  }
  const isProgram = program === "none" || (program === "unknown" && others.length === 0);
  if (!isProgram || !/\S\s+\S/.test(first)) return [];
  const message = `${key} ${quoted(first)} is a single word of the list, spaces and all, and would be the name of a program`;
  const hint = "write each word as one of the list, or the whole as a text without a list";
  return [{ path: [key, 0], on: "value", message, hint, severity: "warning" }];
}

/** In a list, these are meant for a shell. `;` and `|` may be meant for the program: `find -exec … ;`. */
const OPERATORS_ALONE: ReadonlySet<string> = new Set(["&&", "||", ">>", "2>&1"]);

function listForAShell(key: string, words: readonly string[], program: Program): Issue[] {
  const textAt = program === "shell" ? 0 : shellTextAt(words);
  const [text = "", ...others] = words.slice(textAt);
  const severity = "warning";
  if (textAt > 0 || program === "shell") {
    // `$1` and so on stand for the others in a text that has them.
    if (others.length === 0 || !/^[\w./-]+$/.test(text)) return [];
    const message = `${key} has several words for a shell that runs the first of them alone`;
    const hint = "write all that the shell is to run as one text of the list";
    return [{ path: [key, textAt], on: "value", message, hint, severity }];
  }
  const at = words.findIndex((word) => OPERATORS_ALONE.has(word));
  if (at === -1) return [];
  const message = `${key} has ${words[at]} as a word of the list, and no shell runs that would give it a meaning`;
  const hint = `write ${key} as a text, sh -c '…', to have a shell`;
  return [{ path: [key, at], on: "value", message, hint, severity }];
}
