// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables are among what is tested
import { describe, expect, test } from "vitest";
import { parseDotenv } from "../../../src/definition/variables/dotenv.ts";
import { formatProblem, isWarning } from "../../../src/job/problem.ts";

const readAll = (text: string) => parseDotenv({ text, path: "shop.env", variables: {} });
const read = (text: string, variables = {}) => parseDotenv({ text, path: "shop.env", variables });

/** As compose-go has them in its own tests. */
const lines: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ["FOO=bar", { FOO: "bar" }],
  ["FOO =bar", { FOO: "bar" }],
  ["FOO= bar", { FOO: "bar" }],
  [" FOO=bar ", { FOO: "bar" }],
  ["\tFOO=bar", { FOO: "bar" }],
  ['FOO="bar"', { FOO: "bar" }],
  ["FOO='bar'", { FOO: "bar" }],
  ['FOO="escaped\\"bar"', { FOO: 'escaped"bar' }],
  ["FOO=\"'d'\"", { FOO: "'d'" }],
  ["OPTION_A: 1", { OPTION_A: "1" }],
  ["OPTION_A: Foo=bar", { OPTION_A: "Foo=bar" }],
  ["OPTION_A=1:B", { OPTION_A: "1:B" }],
  ["export OPTION_A=2", { OPTION_A: "2" }],
  ["export OPTION_B='\\n'", { OPTION_B: "\\n" }],
  ["exportFOO=2", { exportFOO: "2" }],
  ["export.FOO= 2", { "export.FOO": "2" }],
  ["export\tOPTION_A=2", { OPTION_A: "2" }],
  ['FOO="bar\\nbaz"', { FOO: "bar\nbaz" }],
  ['FOO="first\nsecond"\nBAR=x', { FOO: "first\nsecond", BAR: "x" }],
  ["FOO.BAR=foobar", { "FOO.BAR": "foobar" }],
  ["FOO=foobar=", { FOO: "foobar=" }],
  ["FOO=bar # this is foo", { FOO: "bar" }],
  ["FOO=bar#baz", { FOO: "bar#baz" }],
  ['FOO="bar#baz" # comment', { FOO: "bar#baz" }],
  ["FOO='bar#baz' # comment", { FOO: "bar#baz" }],
  ["FOO=", { FOO: "" }],
  ["FOO= # nothing", { FOO: "# nothing" }],
  ["FOO=a$ 5$ $1", { FOO: "a$ 5$ $1" }],
  ["# a comment\n\n  # another\nFOO=1\r\nBAR=2\r\n", { FOO: "1", BAR: "2" }],
  ["\uFEFFFOO=1", { FOO: "1" }],
  ["FOO=test\nBAR=$FOO", { FOO: "test", BAR: "test" }],
  ["FOO=test\nBAR=${FOO}bar", { FOO: "test", BAR: "testbar" }],
  ["BAR=$FOO", { BAR: "" }],
  ['FOO=test\nBAR="quote $FOO"', { FOO: "test", BAR: "quote test" }],
  ["BAR='quote $FOO'", { BAR: "quote $FOO" }],
  ['FOO="foo\\$BAR"', { FOO: "foo$BAR" }],
  ['FOO="foo\\${BAR}"', { FOO: "foo${BAR}" }],
  ["FOO=$$BAR", { FOO: "$BAR" }],
  ["FOO=${NONE:-a default}", { FOO: "a default" }],
  ["FOO=a\nFOO=b", { FOO: "b" }],
  ["FOO=#ff0000", { FOO: "#ff0000" }],
  ["FOO=a#b #c", { FOO: "a#b" }],
  ["FOO=a\t# b", { FOO: "a\t# b" }],
  ["FOO=\u00a0a", { FOO: "a" }],
  ["ONE=1\nTWO='2'\nTHREE = \"3\"", { ONE: "1", TWO: "2", THREE: "3" }],
  ["  export exportFoo=2", { exportFoo: "2" }],
  ["export_FOO =2", { export_FOO: "2" }],
  ['FOO="bar\\n\\ b\\az"', { FOO: "bar\n\\ b\x07z" }],
  ['FOO="bar\\\\r\\ b\\az"', { FOO: "bar\\r\\ b\x07z" }],
  ["FOO='it\\'s'", { FOO: "it's" }],
  ["a=b\na[1]=c\na.propertyKey=d\nÁrvíz-tűrő=ő", { a: "b", "a[1]": "c", "a.propertyKey": "d", "Árvíz-tűrő": "ő" }],
  ["A=1\nB=${A}\nC=$B\nD=${A}${B}\nE=${NONE}", { A: "1", B: "1", C: "1", D: "11", E: "" }],
  ['FOO=test\nBAR="foo\\${FOO} ${FOO}"', { FOO: "test", BAR: "foo${FOO} test" }],
  ["A=postgres://localhost:5432/db?sslmode=disable", { A: "postgres://localhost:5432/db?sslmode=disable" }],
  ["A='first\nsecond'\nB='last'", { A: "first\nsecond", B: "last" }],
];

describe("variables in a file", () => {
  test.each(lines)("%j", (text, values) => {
    const { problems, ...read } = readAll(text);
    expect(read).toEqual({ values });
    expect(problems.filter((problem) => !isWarning(problem))).toEqual([]);
  });

  test("a name alone takes the scheduler's variable, or is left out", () => {
    expect(read("ZONE\nNONE\nFOO=1", { ZONE: "eu" }).values).toEqual({ ZONE: "eu", FOO: "1" });
  });

  test("in a value the scheduler's variables go before those of the file", () => {
    expect(read("ZONE=us\nWHERE=$ZONE", { ZONE: "eu" }).values).toEqual({ ZONE: "us", WHERE: "eu" });
  });

  describe("a raw file is taken as it is written", () => {
    const raw = (text: string) => parseDotenv({ text, path: "x.env", variables: { ZONE: "eu" }, format: "raw" });

    test.each([
      ["FOO='a' # $b\nBAR=\"\n", { FOO: "'a' # $b", BAR: '"' }],
      ["FOO= a \n", { FOO: " a " }],
      ["A:B=c=d", { "A:B": "c=d" }],
      // As docker/cli has them in its own tests of --env-file.
      ["foo=bar\n    baz=quux\n# comment\n\n_foobar=foobaz", { foo: "bar", baz: "quux", _foobar: "foobaz" }],
      [
        "with.dots=working\nand_underscore=working too\n    \t  ",
        { "with.dots": "working", and_underscore: "working too" },
      ],
      ["# comment=\nEMPTY=\nNONE\nZONE\n", { EMPTY: "", ZONE: "eu" }],
    ])("%j", (text, values) => expect(raw(text)).toEqual({ values, problems: [] }));

    test.each(["foo=bar\n    f   =quux\n", "first line\nanother", "=no name", "export A=1", "A: b"])(
      "%j is wrong",
      (text) => expect(raw(text).problems).not.toEqual([]),
    );
  });

  test.each([
    ["FOO=1\nlol$wut", '2:1: a name here has a "$" in it; allowed are letters, digits, _ . and -'],
    ["not a name", "1:1: a line must be a name, as in NAME=value (comments begin with #)"],
    ["=x", "1:1: what stands before = must be a name, as in NAME=value (comments begin with #)"],
    ['FOO="value\nBAR=1', '1:5: a " begins a value here and has no end'],
    ["FOO='a' b", "1:8: there is more after the end of a quoted value"],
    [
      "FOO=${",
      "1:5: a $ here begins no variable; allowed are $NAME, ${NAME}, ${NAME:-default}, ${NAME:?message} (for a dollar sign itself write $$)",
    ],
  ])("%j is wrong, and where", (text, says) => {
    expect(read(text).problems.map(formatProblem)).toEqual([`shop.env:${says}`]);
  });

  test.each([
    "KEY=-----BEGIN\nhunter2+hunter2==\n",
    "hunter2+",
    "hunter2 hunter2",
    "A='x' hunter2",
    "A=x${hunter2",
    'A="x${ hunter2"',
    "A=${ hunter2}",
  ])("nothing of what may be a secret is told of %j", (text) => {
    const { problems } = read(text);
    expect(problems).not.toEqual([]);
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });

  test.each([
    ["ABC=x\nKEY=abc$def\n", { ABC: "x", KEY: "abc" }, "2:5"],
    ['KEY="abc$def"', { KEY: "abc" }, "1:5"],
    ["KEY=${def}", { KEY: "" }, "1:5"],
    ["KEY=${SET:-$def}", { KEY: "" }, "1:5"],
  ])("%j has a variable that is not set: it is nothing, and a warning that does not name it", (text, values, place) => {
    const hint = "set it, write $$ for a dollar sign itself, or put the value in single quotes";
    const message = `shop.env:${place}: warning: a variable in this value is not set; nothing is put in its place (${hint})`;
    expect(read(text).values).toEqual(values);
    expect(read(text).problems.map(formatProblem)).toEqual([message]);
  });

  test.each(["A=abc$$def", "A='abc$def'", "A=${def-}", "A=$B"])("%j gives no warning", (text) => {
    expect(read(text, { B: "" }).problems).toEqual([]);
  });

  test("all that is wrong is said at once", () => expect(read("a b\nFOO=1\nc d").problems).toHaveLength(2));

  test("no name of every object's is taken for a variable", () => {
    expect(Object.keys(read("__proto__=x\nFOO=1").values)).toEqual(["__proto__", "FOO"]);
  });
});
