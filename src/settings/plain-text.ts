import { onTypographicQuotes, withoutQuotes } from "../job/problem.ts";
import type { Setting } from "./setting.ts";

/** What keeps a text from being the value that its author sees. */
export interface NotPlain {
  readonly message: string;
  readonly hint: string;
}

/**
 * The value as it was meant: without blanks around it, and without the line breaks of a file, which a list may have between
 * its items. What is left of a shell or of an `env_file` that keeps quotes is a problem: a path in quotes is another path.
 */
export function plainText({ isList }: Pick<Setting<unknown>, "isList">, written: string): string | NotPlain {
  const lines = written.trim().split(/\s*[\r\n]+\s*/);
  if (lines.length > 1 && !isList) return { message: "has more than one line", hint: "write the value alone" };
  const text = lines.join(",");
  const items = isList ? text.split(",").map((item) => item.trim()) : [text];
  const unquoted = items.map(unquote);
  if (unquoted.every((item, index) => item === items[index])) return text;
  const instead = unquoted.join(",");
  return { message: `${text} has quotes within, which are part of the value`, hint: `write ${instead}` };
}

/** Also without the quotes of a word processor, on one side or both: they are no part of any value. */
function unquote(item: string): string {
  if (onTypographicQuotes(item) !== undefined) return withoutQuotes(item);
  return /^(["'`])(.*)\1$/s.exec(item)?.[2]?.trim() ?? item;
}
