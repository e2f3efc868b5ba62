/** The scheduler's variables, for `${NAME}` in schedule files. */
export type Variables = Readonly<Record<string, string | undefined>>;

export type Interpolated = Filled | Wrong;

interface Filled {
  readonly text: string;
  /** Variables without a value, which were replaced by nothing. */
  readonly unset: readonly string[];
}

interface Wrong {
  readonly wrong: string;
  readonly hint: string;
  /** `wrong` quotes what is written: there is a dollar sign, and no variable. */
  readonly isInvalid?: true;
}

/**
 * Puts variables into a text as Compose does: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`,
 * `${NAME:?message}`, `${NAME?message}`, `${NAME:+other}`, `${NAME+other}`, nested; `$$` is a dollar sign, and so is one
 * before anything else (`$1`, `$(date)`).
 * With a colon an empty variable counts as unset.
 */
export function interpolate(text: string, variables: Variables): Interpolated {
  if (!text.includes("$")) return { text, unset: [] };
  const unset: string[] = [];
  let result = "";
  let at = 0;
  for (let dollar = text.indexOf("$"); dollar !== -1; dollar = text.indexOf("$", at)) {
    result += text.slice(at, dollar);
    const piece = replaceOne(text, dollar, variables);
    if ("wrong" in piece) return piece;
    result += piece.text;
    unset.push(...piece.unset);
    at = piece.end;
  }
  return { text: result + text.slice(at), unset };
}

type Piece = Filled & { readonly end: number };

/** Far more than anybody writes; keeps a hostile file from costing much. */
const DEEPEST = 20;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;
const OPERATION = /^:?[-?+]/;

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  return pattern.exec(text.slice(at))?.[0];
}

function replaceOne(text: string, dollar: number, variables: Variables): Piece | Wrong {
  const next = dollar + 1;
  if (text[next] === "$") return { text: "$", unset: [], end: next + 1 };
  if (text[next] === "{") return replaceBraced(text, next + 1, variables);
  const name = matchAt(NAME, text, next);
  if (name === undefined) return { text: "$", unset: [], end: next };
  return { ...plainValue(name, variables), end: next + name.length };
}

function replaceBraced(text: string, start: number, variables: Variables): Piece | Wrong {
  const close = closingBrace(text, start);
  if (close === -1) return invalid(text.slice(start - 2, start + 20));
  const name = matchAt(NAME, text, start);
  if (name === undefined) return invalid(text.slice(start - 2, close + 1));
  const afterName = start + name.length;
  if (afterName === close) return { ...plainValue(name, variables), end: close + 1 };
  const operation = matchAt(OPERATION, text, afterName);
  if (operation === undefined) return invalid(text.slice(start - 2, close + 1));
  const operand = text.slice(afterName + operation.length, close);
  const value = operate({ name, operation, operand }, variables);
  return "wrong" in value ? value : { ...value, end: close + 1 };
}

/** The brace that ends the expression which begins at `start`: plain braces, as JSON has, come in pairs, if they do. */
function closingBrace(text: string, start: number): number {
  const paired = closingAfter(text, start, "{");
  return paired === -1 ? closingAfter(text, start, "${") : paired;
}

function closingAfter(text: string, start: number, opening: string): number {
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    if (text.startsWith(opening, at) && ++depth > DEEPEST) return -1;
    if (text[at] === "}" && --depth === 0) return at;
  }
  return -1;
}

interface Expression {
  readonly name: string;
  readonly operation: string;
  readonly operand: string;
}

function operate({ name, operation, operand }: Expression, variables: Variables): Interpolated {
  const value = variable(name, variables);
  const isSet = value !== undefined && !(operation.startsWith(":") && value === "");
  switch (operation.at(-1)) {
    case "-":
      return isSet ? { text: value, unset: [] } : interpolate(operand, variables);
    case "+":
      return isSet ? interpolate(operand, variables) : { text: "", unset: [] };
    default:
      return isSet ? { text: value, unset: [] } : missing(name, interpolate(operand, variables));
  }
}

function plainValue(name: string, variables: Variables): Filled {
  const value = variable(name, variables);
  return value === undefined ? { text: "", unset: [name] } : { text: value, unset: [] };
}

function variable(name: string, variables: Variables): string | undefined {
  return Object.hasOwn(variables, name) ? variables[name] : undefined;
}

function missing(name: string, reason: Interpolated): Interpolated {
  if ("wrong" in reason) return reason;
  return {
    wrong: `the variable ${name} must be set${reason.text === "" ? "" : `: ${reason.text}`}`,
    hint: `set ${name} in the scheduler's environment`,
  };
}

export const ALLOWED_VARIABLES = `allowed are $NAME, \${NAME}, \${NAME:-default}, \${NAME:?message}`;

function invalid(written: string): Wrong {
  const wrong = `${JSON.stringify(written)} is not a variable; ${ALLOWED_VARIABLES}`;
  return { wrong, hint: "for a dollar sign itself write $$", isInvalid: true };
}
