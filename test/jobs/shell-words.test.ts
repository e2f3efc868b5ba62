import { expect, test } from "vitest";
import { splitShellWords } from "../../src/jobs/shell-words.ts";

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
])("%j becomes %j", (command, words) => expect(splitShellWords(command)).toEqual({ words }));

test.each([
  ["a | b", "|"],
  ["a && b", "&&"],
  ["a; b", ";"],
  ["a >b", ">"],
  ["a 2>>b", ">>"],
  ["sleep 1&", "&"],
])("%j has %s, which only a shell understands", (command, operator) =>
  expect(splitShellWords(command)).toEqual({ operator }),
);

test.each([
  [`a "b`, '"'],
  ["a 'b", "'"],
  ["a\\", "\\"],
])("%j is not finished", (command, unfinished) => expect(splitShellWords(command)).toEqual({ unfinished }));
