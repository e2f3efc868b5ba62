type ShellWords =
  | {
      readonly words: readonly string[];
      /** The same words as they were written, with their quotes. */
      readonly written: readonly string[];
    }
  /** `|`, `&&`, `>`, `$(` and the like outside quotes: only a shell understands them, and none runs here. */
  | { readonly operator: string }
  /** A quote or a backslash without an end. */
  | { readonly unfinished: string };

const SPACE = /\s/;
const OPERATOR = /^(?:&&|\|\||>>|<<|\$\(|[;&|<>()`])/;
/** A backslash at the end of a line: the command goes on in the next. */
const CONTINUED = "\\\n";

/**
 * Splits a command into words as Compose does: at white space, with '…', "…" and backslashes as in a shell.
 * Nothing is expanded. Compose cuts the command silently at an operator; here that is said. Where its backslashes are
 * not a shell's (`\n` is a new line to it, and the end of a line a character), they are a shell's here.
 */
export function splitShellWords(command: string): ShellWords {
  const words: string[] = [];
  const written: string[] = [];
  let at = 0;
  while (at < command.length) {
    if (SPACE.test(command.charAt(at))) {
      at++;
      continue;
    }
    if (command.startsWith(CONTINUED, at)) {
      at += CONTINUED.length;
      continue;
    }
    const word = readWord(command, at);
    if (!("text" in word)) return word;
    words.push(word.text);
    written.push(command.slice(at, word.end));
    at = word.end;
  }
  return { words, written };
}

type Word = { readonly text: string; readonly end: number };

function readWord(command: string, start: number): Word | Exclude<ShellWords, { words: unknown }> {
  let text = "";
  let at = start;
  while (at < command.length && !SPACE.test(command.charAt(at))) {
    const operator = OPERATOR.exec(command.slice(at, at + 2));
    if (operator !== null) return { operator: operator[0] };
    const piece = readPiece(command, at);
    if (piece === undefined) return { unfinished: command.charAt(at) };
    text += piece.text;
    at = piece.end;
  }
  return { text, end: at };
}

/** One quoted stretch, one escaped character, or one character. */
function readPiece(command: string, at: number): Word | undefined {
  if (command.startsWith(CONTINUED, at)) return { text: "", end: at + CONTINUED.length };
  switch (command.charAt(at)) {
    case "'":
      return readSingleQuoted(command, at + 1);
    case '"':
      return readDoubleQuoted(command, at + 1);
    case "\\":
      return at + 1 < command.length ? { text: command.charAt(at + 1), end: at + 2 } : undefined;
    default:
      return { text: command.charAt(at), end: at + 1 };
  }
}

function readSingleQuoted(command: string, start: number): Word | undefined {
  const close = command.indexOf("'", start);
  return close === -1 ? undefined : { text: command.slice(start, close), end: close + 1 };
}

/** Inside double quotes a backslash stands for itself, except before `"`, `\`, `$` and a backtick. */
function readDoubleQuoted(command: string, start: number): Word | undefined {
  let text = "";
  for (let at = start; at < command.length; at++) {
    const char = command.charAt(at);
    if (char === '"') return { text, end: at + 1 };
    if (command.startsWith(CONTINUED, at)) at++;
    else if (char === "\\" && '"\\$`'.includes(command.charAt(at + 1) || " ")) text += command.charAt(++at);
    else text += char;
  }
  return undefined;
}
