import { expect, test } from "vitest";
import { splitShellWords } from "../../../src/definition/values/shell-words.ts";

test.each([
  ["", []],
  ["  date  +%F ", ["date", "+%F"]],
  [`sh -c "date; rm -r '/tmp/x'"`, ["sh", "-c", "date; rm -r '/tmp/x'"]],
  ["sh -c 'a && b'", ["sh", "-c", "a && b"]],
  [`say ''`, ["say", ""]],
  [`a"b c"'d e'f`, ["ab cd ef"]],
  [`a\\ b \\"c`, ["a b", '"c']],
  [`"a\\"b\\\\c\\n"`, ['a"b\\c\\n']],
  ["tar\nczf\tx", ["tar", "czf", "x"]],
  ["tar czf x \\\n  --exclude y\\\nz", ["tar", "czf", "x", "--exclude", "yz"]],
  ['"a\\\nb" \\\n', ["ab"]],
])("%j becomes %j", (command, words) => expect(splitShellWords(command)).toMatchObject({ words }));

test.each([
  ["a | b", "|"],
  ["a && b", "&&"],
  ["a; b", ";"],
  ["a >b", ">"],
  ["a 2>>b", ">>"],
  ["sleep 1&", "&"],
  ["echo $(date +%F)", "$("],
  ["echo `date`", "`"],
  ["(a)", "("],
])("%j has %s, which only a shell understands", (command, operator) =>
  expect(splitShellWords(command)).toEqual({ operator }),
);

test.each([
  [`a "b`, '"'],
  ["a 'b", "'"],
  ["a\\", "\\"],
])("%j is not finished", (command, unfinished) => expect(splitShellWords(command)).toEqual({ unfinished }));

/** As mattn/go-shellwords, which Compose splits with, has them in its own tests. */
test.each([
  ["var --bar=baz", ["var", "--bar=baz"]],
  [`var --bar="baz"`, ["var", "--bar=baz"]],
  [`var "--bar=baz"`, ["var", "--bar=baz"]],
  [`var "--bar='baz'"`, ["var", "--bar='baz'"]],
  [`var "--bar=\\"baz'"`, ["var", `--bar="baz'`]],
  [`var --bar='\\'`, ["var", "--bar=\\"]],
  [`var  --"bar baz"`, ["var", "--bar baz"]],
  [`a "   "`, ["a", "   "]],
  [`a ' b '`, ["a", " b "]],
  ["foo bar\\  ", ["foo", "bar "]],
  [`foo "" bar ''`, ["foo", "", "bar", ""]],
  ["echo $$FOO$", ["echo", "$$FOO$"]],
  [`nginx -g "daemon off;"`, ["nginx", "-g", "daemon off;"]],
])("as in Compose: %s", (command, words) => expect(splitShellWords(command)).toMatchObject({ words }));

/** Compose reads 'baz', and a new line. */
test.each([
  [`var "--bar=\\'baz\\'"`, ["var", "--bar=\\'baz\\'"]],
  [`printf "a\\nb" c\\nd`, ["printf", "a\\nb", "cnd"]],
])("as a shell has it, where Compose differs: %s", (command, words) =>
  expect(splitShellWords(command)).toMatchObject({ words }),
);
