/** What a text must look like: a regular expression that is matched without backtracking. */
export interface TextPattern {
  /** Whether the whole text matches. Takes time in proportion to the text and to the pattern, whatever they are. */
  readonly matches: (text: string) => boolean;
}

/** `wrong` completes the sentence "the pattern …". */
export interface WrongPattern {
  readonly wrong: string;
  readonly instead: string;
}

/**
 * Reads a pattern in the syntax of JavaScript's regular expressions (flag `u`), as far as it can be matched in linear time:
 * no lookaround, no back-references. It stands for the whole text, as in HTML, so that `^` and `$` say nothing.
 */
export function parseTextPattern(source: string): TextPattern | WrongPattern {
  if (source.length > LONGEST_PATTERN) return wrong(`has ${source.length} characters`, LENGTH_ALLOWED);
  try {
    const tree = new PatternParser(source).parse();
    if (sizeOf(tree) > MOST_STEPS) throw new PatternError("repeats too much", "write smaller numbers in braces");
    const program: Step[] = [];
    compile(tree, program);
    program.push({ kind: "end" });
    return { matches: (text) => run(program, text) };
  } catch (error) {
    if (error instanceof PatternError) return wrong(error.message, error.instead);
    throw error;
  }
}

export const LONGEST_PATTERN = 200;
const LENGTH_ALLOWED = `at most ${LONGEST_PATTERN} are allowed`;

/** Of a pattern whose repetitions are written out. */
const MOST_STEPS = 1000;
const MOST_REPETITIONS = 1000;

function wrong(wrong: string, instead: string): WrongPattern {
  return { wrong, instead };
}

class PatternError extends Error {
  readonly instead: string;

  constructor(message: string, instead: string) {
    super(message);
    this.instead = instead;
  }
}

type IsIn = (character: string) => boolean;

type Tree =
  | { readonly kind: "set"; readonly isIn: IsIn }
  | { readonly kind: "all"; readonly parts: readonly Tree[] }
  | { readonly kind: "any"; readonly parts: readonly Tree[] }
  | { readonly kind: "repeat"; readonly part: Tree; readonly least: number; readonly most: number | undefined };

const CLASSES: Readonly<Record<string, IsIn>> = {
  d: (character) => /^[0-9]$/.test(character),
  D: (character) => !/^[0-9]$/.test(character),
  w: (character) => /^\w$/.test(character),
  W: (character) => !/^\w$/.test(character),
  s: (character) => /^\s$/.test(character),
  S: (character) => !/^\s$/.test(character),
};

/** What may stand after a backslash to stand for itself. */
const PUNCTUATION = /^[\^$\\.*+?()[\]{}|/-]$/;

/** Reads a pattern by descent; it is short, so that the depth is bounded. */
class PatternParser {
  /** By code points, as the text that is matched. */
  readonly #characters: readonly string[];
  #at = 0;

  constructor(source: string) {
    this.#characters = [...source];
  }

  parse(): Tree {
    if (this.#next === "^") this.#at++;
    const tree = this.#alternatives();
    if (this.#next === ")") throw new PatternError('has a ")" too many', "write \\) for the character itself");
    return tree;
  }

  get #next(): string | undefined {
    return this.#characters[this.#at];
  }

  #alternatives(): Tree {
    const parts = [this.#sequence()];
    while (this.#next === "|") {
      this.#at++;
      parts.push(this.#sequence());
    }
    return parts.length === 1 && parts[0] ? parts[0] : { kind: "any", parts };
  }

  #sequence(): Tree {
    const parts: Tree[] = [];
    while (this.#next !== undefined && this.#next !== "|" && this.#next !== ")") {
      if (this.#next === "$" && this.#at === this.#characters.length - 1) this.#at++;
      else parts.push(this.#repeated(this.#atom()));
    }
    return { kind: "all", parts };
  }

  #repeated(part: Tree): Tree {
    const bounds = this.#bounds();
    if (bounds === undefined) return part;
    // Lazy or not makes no difference to whether the whole text matches.
    if (this.#next === "?") this.#at++;
    return { kind: "repeat", part, ...bounds };
  }

  #bounds(): { least: number; most: number | undefined } | undefined {
    switch (this.#next) {
      case "*":
        this.#at++;
        return { least: 0, most: undefined };
      case "+":
        this.#at++;
        return { least: 1, most: undefined };
      case "?":
        this.#at++;
        return { least: 0, most: 1 };
      case "{":
        return this.#braces();
      default:
        return undefined;
    }
  }

  #braces(): { least: number; most: number | undefined } {
    const rest = this.#characters.slice(this.#at).join("");
    const [all, from, comma, to] = /^\{(\d{1,4})(?:(,)(\d{0,4}))?\}/.exec(rest) ?? [];
    if (all === undefined) throw new PatternError('has a "{" without a number', "write \\{ for the character itself");
    this.#at += all.length;
    const least = Number(from);
    const most = comma === undefined ? least : to === "" ? undefined : Number(to);
    if (Math.max(least, most ?? 0) > MOST_REPETITIONS)
      throw new PatternError(`has ${all}`, `at most ${MOST_REPETITIONS} repetitions are allowed`);
    if (most !== undefined && most < least) throw new PatternError(`has ${all}`, "write the smaller number first");
    return { least, most };
  }

  #atom(): Tree {
    const character = this.#characters[this.#at++] ?? "";
    switch (character) {
      case "(":
        return this.#group();
      case "[":
        return { kind: "set", isIn: this.#class() };
      case ".":
        return { kind: "set", isIn: (each) => !/^[\n\r\u2028\u2029]$/.test(each) };
      case "\\":
        return { kind: "set", isIn: this.#escape() };
      case "*":
      case "+":
      case "?":
      case "{":
      case "}":
      case "]":
        throw new PatternError(
          `has ${JSON.stringify(character)} where it repeats or ends nothing`,
          `write \\${character} for the character itself`,
        );
      case "^":
      case "$":
        throw new PatternError(
          `has ${JSON.stringify(character)} in its middle`,
          `leave it out, since the whole value must match, or write \\${character} for the character itself`,
        );
      default:
        return { kind: "set", isIn: (each) => each === character };
    }
  }

  #group(): Tree {
    if (this.#next === "?") {
      const kind = this.#characters.slice(this.#at, this.#at + 2).join("");
      if (kind !== "?:")
        throw new PatternError(
          `has a group that begins with (${kind}`,
          "only (…) and (?:…) are allowed: nothing that looks ahead or behind",
        );
      this.#at += 2;
    }
    const tree = this.#alternatives();
    if (this.#next !== ")") throw new PatternError('has a "(" that is not closed', "add a )");
    this.#at++;
    return tree;
  }

  #escape(): IsIn {
    const character = this.#characters[this.#at++];
    if (character === undefined) throw new PatternError("ends with a backslash", "write \\\\ for the character itself");
    const isIn = Object.hasOwn(CLASSES, character) ? CLASSES[character] : undefined;
    if (isIn !== undefined) return isIn;
    if (PUNCTUATION.test(character)) return (each) => each === character;
    throw new PatternError(
      `has \\${character}`,
      "after a backslash are allowed d, D, w, W, s, S, and characters such as . that have a meaning of their own",
    );
  }

  #class(): IsIn {
    const isNegated = this.#next === "^";
    if (isNegated) this.#at++;
    const parts: IsIn[] = [];
    while (this.#next !== "]") {
      if (this.#next === undefined) throw new PatternError('has a "[" that is not closed', "add a ]");
      parts.push(this.#classPart());
    }
    this.#at++;
    return (each) => parts.some((isIn) => isIn(each)) !== isNegated;
  }

  #classPart(): IsIn {
    const first = this.#classCharacter();
    const isRange = this.#next === "-" && ![undefined, "]"].includes(this.#characters[this.#at + 1]);
    if (!isRange) return typeof first === "string" ? (each) => each === first : first;
    this.#at++;
    const last = this.#classCharacter();
    if (typeof first !== "string" || typeof last !== "string")
      throw new PatternError("has a range between classes", "write \\- for the character itself");
    const [from, to] = [codeOf(first), codeOf(last)];
    if (from > to)
      throw new PatternError(
        `has the range ${first}-${last}`,
        `write ${last}-${first}, or \\- for the character itself`,
      );
    return (each) => codeOf(each) >= from && codeOf(each) <= to;
  }

  /** A character, or the class that an escape stands for. */
  #classCharacter(): string | IsIn {
    const character = this.#characters[this.#at++] ?? "";
    if (character !== "\\") return character;
    const escaped = this.#next;
    const isIn = this.#escape();
    return escaped !== undefined && !Object.hasOwn(CLASSES, escaped) ? escaped : isIn;
  }
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? -1;
}

/** How many steps it takes, with each repetition written out. */
function sizeOf(tree: Tree): number {
  switch (tree.kind) {
    case "set":
      return 1;
    case "all":
      return tree.parts.reduce((sum, part) => sum + sizeOf(part), 0);
    case "any":
      return tree.parts.reduce((sum, part) => sum + sizeOf(part) + 2, 0);
    case "repeat":
      return sizeOfRepeat(tree, sizeOf(tree.part));
  }
}

function sizeOfRepeat({ least, most }: Extract<Tree, { kind: "repeat" }>, size: number): number {
  return least * size + (most === undefined ? size + 2 : (most - least) * (size + 1));
}

/** A program with several places at once: `fork` is at both of its places, none of which costs a character. */
type Step =
  | { readonly kind: "set"; readonly isIn: IsIn }
  | { readonly kind: "fork"; readonly to: number[] }
  | { readonly kind: "end" };

function compile(tree: Tree, program: Step[]): void {
  switch (tree.kind) {
    case "set":
      program.push(tree);
      return;
    case "all":
      for (const part of tree.parts) compile(part, program);
      return;
    case "any":
      compileAny(tree.parts, program);
      return;
    case "repeat":
      for (let times = 0; times < tree.least; times++) compile(tree.part, program);
      if (tree.most === undefined) compileLoop(tree.part, program);
      else compileOptional(tree.part, tree.most - tree.least, program);
  }
}

function compileAny(parts: readonly Tree[], program: Step[]): void {
  const begin: number[] = [];
  const ends: number[][] = [];
  program.push({ kind: "fork", to: begin });
  for (const part of parts) {
    begin.push(program.length);
    compile(part, program);
    const end: number[] = [];
    ends.push(end);
    program.push({ kind: "fork", to: end });
  }
  for (const end of ends) end.push(program.length);
}

function compileLoop(part: Tree, program: Step[]): void {
  const begin = program.length;
  const to = [begin + 1];
  program.push({ kind: "fork", to });
  compile(part, program);
  program.push({ kind: "fork", to: [begin] });
  to.push(program.length);
}

function compileOptional(part: Tree, times: number, program: Step[]): void {
  const ways: number[][] = [];
  for (let time = 0; time < times; time++) {
    const to = [program.length + 1];
    ways.push(to);
    program.push({ kind: "fork", to });
    compile(part, program);
  }
  for (const to of ways) to.push(program.length);
}

function run(program: readonly Step[], text: string): boolean {
  const characters = [...text];
  /** After how many characters a place was last reached: none is looked at twice. */
  const reachedAt = new Int32Array(program.length).fill(-1);
  let places = reach(program, [0], { reachedAt, after: 0 });
  for (const [index, character] of characters.entries()) {
    const next: number[] = [];
    for (const place of places) {
      const step = program[place];
      if (step?.kind === "set" && step.isIn(character)) next.push(place + 1);
    }
    if (next.length === 0) return false;
    places = reach(program, next, { reachedAt, after: index + 1 });
  }
  return reachedAt[program.length - 1] === characters.length;
}

interface Reached {
  readonly reachedAt: Int32Array;
  readonly after: number;
}

/** The places that can be reached from these without a character, each once. */
function reach(program: readonly Step[], from: readonly number[], { reachedAt, after }: Reached): readonly number[] {
  const places: number[] = [];
  const open = [...from];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (reachedAt[place] === after) continue;
    reachedAt[place] = after;
    const step = program[place];
    if (step?.kind === "fork") open.push(...step.to);
    else places.push(place);
  }
  return places;
}
