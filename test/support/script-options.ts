import { type ParseArgsConfig, parseArgs } from "node:util";
import { nearestWord } from "../../src/job/problem.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** What an `npm run` script takes. */
export interface ScriptUse<T extends Options> {
  /** Shown for `--help`, and below what is wrong. */
  readonly usage: string;
  readonly options: T;
  /** The words that it takes besides options; any where it is not given, none where it is empty. */
  readonly words?: readonly string[];
}

/**
 * The options and words of a script, from its command line. Ends the process with its usage: with 0 for `--help`, with 2
 * and a sentence for anything that it does not take.
 */
export function readScript<const T extends Options>(use: ScriptUse<T>) {
  const options = { ...use.options, help: { type: "boolean", short: "h" } } as const satisfies Options;
  const { tokens, values } = parseArgs({ options, strict: false, allowPositionals: true, tokens: true });
  if (values.help === true) {
    process.stdout.write(use.usage);
    process.exit(0);
  }
  for (const token of tokens) {
    const wrong = whatIsWrong(token, options, use.words);
    if (wrong !== undefined) refuse(wrong, use);
  }
  return parseArgs({ options: use.options, allowPositionals: true });
}

/** Ends the process as wrong usage. */
export function refuse(wrong: string, { usage }: Pick<ScriptUse<Options>, "usage">): never {
  process.stderr.write(`${wrong}\n${usage}`);
  process.exit(2);
}

interface Token {
  readonly kind: "option" | "positional" | "option-terminator";
  readonly name?: string;
  readonly value?: string | undefined;
}

function whatIsWrong(token: Token, options: Options, words: readonly string[] | undefined): string | undefined {
  const { kind, name = "", value } = token;
  if (kind === "positional") {
    if (words === undefined || words.includes(value ?? "")) return undefined;
    return `${value}: there is no such word here${didYouMean(value ?? "", words)}`;
  }
  if (kind === "option-terminator") return undefined;
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined) return `--${name}: there is no such option${didYouMean(name, Object.keys(options), "--")}`;
  if (option.type === "string" && value === undefined) return `--${name}: a value is missing`;
  return option.type === "boolean" && value !== undefined ? `--${name}: takes no value` : undefined;
}

function didYouMean(written: string, known: readonly string[], prefix = ""): string {
  const nearest = nearestWord(written, known);
  return nearest === undefined ? "" : ` (did you mean ${prefix}${nearest}?)`;
}
