import * as z from "zod";
import { listOf } from "./fields.ts";
import { mustBe, quoted } from "./issue.ts";
import { splitShellWords } from "./shell-words.ts";

const word = z.string({
  error: (issue) => `holds ${quoted(issue.input)} where a word must stand; write its words one after the other`,
});

/** What needs a shell is looked for where it is known whether one runs: `check-command.ts`. */
const line = z.string().transform((written, context): readonly string[] => {
  const split = splitShellWords(written);
  if ("words" in split) return split.words;
  if ("operator" in split) return [written];
  const { unfinished } = split;
  context.issues.push({
    code: "custom",
    input: written,
    message: `${quoted(written)} has a ${unfinished} that begins something and never ends it`,
    params: { hint: `end it with another ${unfinished}, or write \\${unfinished} for the character itself` },
  });
  return z.NEVER;
});

/** `command` and `entrypoint`: a text, split into words as a shell would, or a list of words. */
export const command = z.union([line, listOf(word, "a list of words")], {
  error: (issue) => mustBe("a text or a list of words", issue.input),
});
