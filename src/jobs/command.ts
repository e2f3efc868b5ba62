import * as z from "zod";
import { listOf } from "./fields.ts";
import { mustBe, quoted } from "./issue.ts";
import { type ShellWords, splitShellWords } from "./shell-words.ts";

const word = z.string({
  error: (issue) => `holds ${quoted(issue.input)} where a word must stand; write its words one after the other`,
});

const line = z.string().transform((written, context): readonly string[] => {
  const split = splitShellWords(written);
  if ("words" in split) return split.words;
  context.issues.push({ code: "custom", input: written, ...explain(split, written) });
  return z.NEVER;
});

/** `command` and `entrypoint`: a text, split into words as a shell would, or a list of words. */
export const command = z.union([line, listOf(word, "a list of words")], {
  error: (issue) => mustBe("a text or a list of words", issue.input),
});

function explain(split: Exclude<ShellWords, { words: unknown }>, written: string) {
  if ("unfinished" in split)
    return {
      message: `${quoted(written)} has a ${split.unfinished} that begins something and never ends it`,
      params: {
        hint: `end it with another ${split.unfinished}, or write \\${split.unfinished} for the character itself`,
      },
    };
  return {
    message: `${quoted(written)} has ${split.operator} outside quotes, and no shell runs that would give it a meaning`,
    params: { hint: "write sh -c '…' to have a shell, or put it in quotes to pass it on" },
  };
}
