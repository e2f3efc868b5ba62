/** One command of `ExecStart=` and its like. */
export interface ExecCommand {
  /** Any of `-@:+!|`, which say how it is run. */
  readonly prefixes: string;
  readonly words: readonly string[];
}

export interface WrongLine {
  readonly wrong: string;
}

/** Splits a line into commands and words as systemd does: quotes and C escapes, and a lone `;` between commands. */
export function readExecLine(line: string): readonly ExecCommand[] | WrongLine {
  const words = splitWords(line);
  if ("wrong" in words) return words;
  const commands: ExecCommand[] = [];
  let current: string[] = [];
  const end = () => {
    const [first, ...others] = current;
    if (first !== undefined) {
      const [prefixes = ""] = /^[-@:+!|]*/.exec(first) ?? [];
      commands.push({ prefixes, words: [first.slice(prefixes.length), ...others] });
    }
    current = [];
  };
  for (const { text, isQuoted } of words) {
    if (text === ";" && !isQuoted) end();
    else current.push(text === "\\;" && !isQuoted ? ";" : text);
  }
  end();
  return commands.some(({ words: [program] }) => program === "") ? { wrong: `"${line}" has no program` } : commands;
}

/** Splits `A=1 "B=two words"`, as in `Environment=`. */
export function readWords(line: string): readonly string[] | WrongLine {
  const words = splitWords(line);
  return "wrong" in words ? words : words.map(({ text }) => text);
}

interface Word {
  readonly text: string;
  readonly isQuoted: boolean;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "'": "'",
  s: " ",
};

const CODES = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/;

/** Quotes may begin in the middle of a word. An escape that is none stays as it is written. */
function splitWords(line: string): readonly Word[] | WrongLine {
  const words: Word[] = [];
  let text: string | undefined;
  let isQuoted = false;
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at);
    if (char === "\\") {
      const rest = line.slice(at + 1);
      const code = CODES.exec(rest);
      const escaped = ESCAPES[rest.charAt(0)];
      if (code !== null) {
        const number = Number.parseInt(code[1] ?? code[2] ?? code[3] ?? "0", 16) || Number.parseInt(code[4] ?? "0", 8);
        if (number === 0 || number > 0x10ffff) return { wrong: `"\\${code[0]}" is no character` };
        text = `${text ?? ""}${String.fromCodePoint(number)}`;
        at += code[0].length;
      } else if (escaped !== undefined) {
        text = `${text ?? ""}${escaped}`;
        at++;
      } else text = `${text ?? ""}\\`;
    } else if (quote !== "") {
      if (char === quote) quote = "";
      else text = `${text ?? ""}${char}`;
    } else if (char === '"' || char === "'") {
      quote = char;
      isQuoted = true;
      text ??= "";
    } else if (/\s/.test(char)) {
      if (text !== undefined) words.push({ text, isQuoted });
      text = undefined;
      isQuoted = false;
    } else text = `${text ?? ""}${char}`;
  }
  if (quote !== "") return { wrong: `${quote} is not closed` };
  return text === undefined ? words : [...words, { text, isQuoted }];
}

/** What `%n` and the like stand for in a unit of the system manager; undefined for what only the machine knows. */
export function specifiersOf(unit: string): ReadonlyMap<string, string> {
  const base = unit.replace(/\.[^.]*$/, "");
  const [, prefix = base, instance] = /^(.*?)@(.*)$/s.exec(base) ?? [];
  return new Map([
    ["%", "%"],
    ["n", unit],
    ["N", base],
    ["p", prefix],
    ["P", unescapeName(prefix)],
    ["j", prefix.split("-").at(-1) ?? ""],
    ["J", unescapeName(prefix.split("-").at(-1) ?? "")],
    ["h", "/root"],
    ["u", "root"],
    ["U", "0"],
    ["g", "root"],
    ["G", "0"],
    ["t", "/run"],
    ["S", "/var/lib"],
    ["C", "/var/cache"],
    ["L", "/var/log"],
    ["E", "/etc"],
    ["T", "/tmp"],
    ["V", "/var/tmp"],
    ...(instance === undefined || instance !== ""
      ? ([
          ["i", instance ?? ""],
          ["I", unescapeName(instance ?? "")],
        ] as const)
      : []),
  ]);
}

/** As `systemd-escape --unescape` has it: `-` is `/`, `\x2d` a character. */
function unescapeName(name: string): string {
  return name
    .replaceAll("-", "/")
    .replaceAll(/\\x([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** Fills in specifiers. */
export function fillSpecifiers(
  text: string,
  specifiers: ReadonlyMap<string, string>,
): string | { readonly unknown: string } {
  let unknown: string | undefined;
  const filled = text.replaceAll(/%(.)/gs, (found, letter: string) => {
    const value = specifiers.get(letter);
    // What is no specifier stays; a letter may be one of a newer systemd.
    if (value === undefined && /[a-zA-Z]/.test(letter)) unknown ??= found;
    return value ?? found;
  });
  return unknown === undefined ? filled : { unknown };
}

/** The variables of a unit, as far as its files tell. */
export interface KnownVariables {
  readonly values: ReadonlyMap<string, string>;
  /** Files, or the manager, may set others, or set these otherwise. */
  readonly hasOthers: boolean;
}

/** A word of a command after `$A` and `${A}`: texts, and the variables that are not known here. */
export type Piece = string | { readonly variable: string; readonly isSplit?: true };

/** Fills in variables as systemd does: `${A}` anywhere, `$A` as a word of its own, which is split into words. */
export function fillVariables(
  words: readonly string[],
  { values, hasOthers }: KnownVariables,
): { readonly words: readonly (readonly Piece[])[]; readonly empty: readonly string[] } {
  const empty: string[] = [];
  const known = (name: string): string | undefined => {
    if (hasOthers) return undefined;
    if (!values.has(name)) empty.push(name);
    return values.get(name) ?? "";
  };
  const filled = words.flatMap((word): readonly (readonly Piece[])[] => {
    const [, alone] = /^\$([A-Za-z_]\w*)$/.exec(word) ?? [];
    if (alone !== undefined) {
      const value = known(alone);
      if (value === undefined) return [[{ variable: alone, isSplit: true }]];
      return value
        .split(/\s+/)
        .filter((part) => part !== "")
        .map((part) => [part]);
    }
    const pieces: Piece[] = [];
    let from = 0;
    for (const found of word.matchAll(/\$\$|\$\{([A-Za-z_]\w*)\}/g)) {
      pieces.push(word.slice(from, found.index));
      from = found.index + found[0].length;
      const [, name] = found;
      pieces.push(name === undefined ? "$" : (known(name) ?? { variable: name }));
    }
    return [[...pieces, word.slice(from)].filter((piece) => piece !== "")];
  });
  return { words: filled.map((pieces) => (pieces.length === 0 ? [""] : pieces)), empty };
}
