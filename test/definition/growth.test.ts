// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables are among what is tested
import { describe, test } from "vitest";
import { parseByteSize } from "../../src/definition/values/byte-size.ts";
import { parseDuration } from "../../src/definition/values/duration.ts";
import { matchesGlob } from "../../src/definition/values/glob.ts";
import { imageNames } from "../../src/definition/values/image-reference.ts";
import { fitJobName } from "../../src/definition/values/job-name.ts";
import { splitShellWords } from "../../src/definition/values/shell-words.ts";
import { parseDotenv } from "../../src/definition/variables/dotenv.ts";
import { interpolate } from "../../src/definition/variables/interpolate.ts";
import { nearestWord } from "../../src/job/problem.ts";
import { amount } from "../support/full.ts";
import { expectLinear } from "../support/growth.ts";
import { anObject, readLabels } from "./labels/labels.ts";
import { parse } from "./parse.ts";

/** Pieces until there are so many characters. */
function fill(size: number, piece: (index: number) => string): string {
  const pieces: string[] = [];
  for (let length = 0; length < size; length += pieces.at(-1)?.length ?? 0) pieces.push(piece(pieces.length));
  return pieces.join("");
}

type Write = (size: number) => string;
type Row = readonly [what: string, write: Write];

const job = (keys: string) => `jobs:\n  nightly:\n    schedule: '@daily'\n    image: busybox\n${keys}`;
const inJob =
  (before: string, piece: (index: number) => string, after = ""): Write =>
  (size) =>
    job(`${before}${fill(size, piece)}${after}`);

const SIZES = amount({ usual: { from: 16_384, to: 32_768 }, full: { from: 32_768, to: 65_536 } });

describe("a schedule file takes time in proportion to its length, or is refused", () => {
  const rows: readonly Row[] = [
    ["jobs", (size) => `jobs:\n${fill(size, (n) => `  j${n}:\n    schedule: '@daily'\n    image: x\n`)}`],
    [
      "jobs with CRLF",
      (size) => `jobs:\r\n${fill(size, (n) => `  j${n}:\r\n    schedule: '@daily'\r\n    image: x\r\n`)}`,
    ],
    ["misspelt jobs", (size) => `jobs:\n${fill(size, (n) => `  j${n}:\n    schedule: '@daily'\n    imge: x\n`)}`],
    ["jobs of one name", (size) => `jobs:\n${fill(size, () => "  j:\n    schedule: '@daily'\n    image: x\n")}`],
    ["unknown keys", inJob("", (n) => `    key${n}: v\n`)],
    ["unknown keys at the top", (size) => `jobs: {}\n${fill(size, (n) => `key${n}: v\n`)}`],
    ["a long key", (size) => job(`    ${"k".repeat(size)}: v\n`)],
    ["a long job name", (size) => `jobs:\n  ${"X-".repeat(size / 2)}: {}\n`],
    ["a long value where a word must stand", (size) => job(`    overlap: ${"x".repeat(size)}\n`)],
    ["a long duration", (size) => job(`    timeout: ${"1h".repeat(size / 2)}\n`)],
    ["a long size", (size) => job(`    mem_limit: ${"1".repeat(size)}\n`)],
    ["a long time zone", (size) => job(`    timezone: ${"x".repeat(size)}\n`)],
    ["a long signal", (size) => job(`    stop_signal: ${"x".repeat(size)}\n`)],
    ["a long image", (size) => job(`    user: "1"\n`).replace("busybox", `"${"a:".repeat(size / 2)}"`)],
    ["a long command", inJob('    command: "', () => "'a' \\\\b ", '"\n')],
    ["a command of many words", inJob("    command: [", (n) => `w${n}, `, "]\n")],
    ["a long constraint", (size) => job(`    deploy: {placement: {constraints: ["${"=".repeat(size)}"]}}\n`)],
    ["a long volume", (size) => job(`    volumes: ["${"a:".repeat(size / 2)}"]\n`)],
    ["volumes", inJob("    volumes:\n", (n) => `      - v${n}:/v${n}\n`)],
    ["secrets", inJob("    secrets:\n", (n) => `      - s${n}\n`)],
    ["networks", inJob("    networks:\n", (n) => `      n${n}: {aliases: [a]}\n`)],
    ["devices", inJob("    devices:\n", (n) => `      - /dev/d${n}:/d\n`)],
    ["options of a tmpfs", inJob('    tmpfs: "/x:', () => "a,", '"\n')],
    ["hosts in one line", inJob('    extra_hosts: ["a=', (n) => `x${n},`, '"]\n')],
    ["hosts", inJob("    extra_hosts:\n", (n) => `      - h${n}=1.2.3.4\n`)],
    ["labels", inJob("    labels:\n", (n) => `      k${n}: v\n`)],
    ["variables of the job", inJob("    environment:\n", (n) => `      - K${n}=v\n`)],
    ["wrong variables of the job", inJob("    environment:\n", (n) => `      k${n}: [a]\n`)],
    ["variables that are not set", inJob('    user: "', (n) => `$B${n}`, '"\n')],
    ["one variable that is not set", inJob('    user: "', () => "$B", '"\n')],
    ["patterns", inJob("    success_exit_codes: [", () => "1, ", "]\n")],
    ["inputs", inJob("    inputs:\n", (n) => `      I${n}: {type: date}\n`)],
    ["options of an input", inJob("    inputs: {A: {type: choice, options: [", (n) => `o${n},`, "]}}\n")],
    ["a long default", (size) => job(`    inputs: {A: {default: ${"x".repeat(size)}}}\n`)],
    ["a long pattern", (size) => job(`    inputs: {A: {pattern: "${"(a*)*".repeat(size / 5)}"}}\n`)],
    ["broken lines", (size) => `jobs:\n${fill(size, (n) => `  j${n}: *a b\n   x\n`)}`],
    ["one broken line with spaces", (size) => `jobs:\n  a: @x${" ".repeat(size)}y\n`],
    ["one broken line with colons", (size) => `jobs:\n  a: "x"${": y".repeat(size / 3)}\n`],
    ["one broken line with dashes", (size) => `jobs:\n  a: b\n  ${"- ".repeat(size / 2)}@\n`],
    ["one broken line with line separators", (size) => `jobs:\n  a: {}\n  b:${"x\u2028".repeat(size / 2)}\n`],
    ["comments", (size) => `${fill(size, (n) => `# ${n}\n`)}jobs: {}\n`],
    ["a quote over many lines", inJob('    user: "', () => "a\n      ", '"\n')],
    ["a folded text", inJob("    user: >\n", () => "      a b\n\n")],
    [
      "anchors",
      (size) => `${fill(size, (n) => `x-${n}: &a${n} [*a${Math.max(0, n - 1)}]\n`).replace("[*a0]", "[]")}jobs: {}\n`,
    ],
  ];
  test.each(rows)("%s", (_what, write) => expectLinear({ write, read: (text) => parse(text), ...SIZES }));
});

describe("so does one whose parts repeat", () => {
  const chain =
    (merged: (n: number) => string): Write =>
    (size) =>
      `x-0: &a0 {k: v}\n${fill(size, (n) => `x-${n + 1}: &a${n + 1} {${merged(n)}, k${n}: v}\n`)}jobs: {j: {<<: *a9, image: x}}\n`;
  const half = (size: number) => Math.floor(size / 2);
  const rows: readonly Row[] = [
    ["a merge of all before", (size) => chain((n) => `<<: *a${n}`)(size).replace("*a9", `*a${Math.floor(size / 30)}`)],
    ["two merges of the one before", chain((n) => `<<: [*a${n}, *a${n}]`)],
    [
      "two aliases of the one before, in defaults",
      (size) =>
        `defaults:\n  x-0: &a0 {k: v}\n${fill(size, (n) => `  x-${n + 1}: &a${n + 1} {a: *a${n}, b: *a${n}}\n`)}jobs: {j: {schedule: '@daily', image: x}}\n`,
    ],
    [
      "aliases of a list of aliases",
      (size) =>
        `x-c: &c [${fill(half(size), (n) => `g${n},`)}]\nx-d: &d {capabilities: *c}\n${job(`    deploy: {resources: {reservations: {devices: [${fill(half(size), () => "*d,")}]}}}\n`)}`,
    ],
    [
      "one command in every job",
      (size) =>
        `x-c: &c [${fill(half(size), (n) => `w${n},`)}]\njobs:\n${fill(half(size), (n) => `  j${n}: {schedule: '@daily', image: x, command: *c}\n`)}`,
    ],
    [
      "defaults of every job",
      (size) =>
        `defaults:\n  environment:\n${fill(half(size), (n) => `    E${n}: v\n`)}jobs:\n${fill(half(size), (n) => `  j${n}: {schedule: '@daily', image: x}\n`)}`,
    ],
  ];
  test.each(rows)("%s", (_what, write) =>
    expectLinear({ write, read: (text) => parse(text), from: 65_536, to: 131_072 }),
  );

  test("one file of variables of every job", () =>
    expectLinear({
      write: (size) => ({
        text: `jobs:\n${fill(half(size), (n) => `  j${n}: {schedule: '@daily', image: x, env_file: ./a.env}\n`)}`,
        beside: fill(half(size), (n) => `A${n}=x\n`),
      }),
      read: ({ text, beside }) =>
        parse(text, { readReferenced: (path) => (path.endsWith("/a.env") ? { text: beside } : missing) }),
      from: 65_536,
      to: 131_072,
    }));

  test("a variable of a megabyte", () =>
    expectLinear({
      write: (size) => job(`    environment:\n${fill(size, (n) => `      E${n}: $BIG\n`)}`),
      read: (text) => parse(text, { variables: { BIG: "x".repeat(100_000) } }),
      ...SIZES,
    }));
});

const missing = { unreadable: "there is no such file", isMissing: true } as const;

describe("a file of variables takes time in proportion to its length", () => {
  const rows: readonly Row[] = [
    ["lines with a variable", (size) => fill(size, (n) => `A${n}=x$HOME\n`)],
    ["lines with a variable of the file", (size) => fill(size, (n) => `A${n}=x\${A0}\n`)],
    ["each twice the one before", (size) => `A0=x\n${fill(size, (n) => `A${n + 1}=$A${n}$A${n}\n`)}`],
    ["wrong lines", (size) => fill(size, (n) => `!x${n}\n`)],
    ["lines with CRLF", (size) => fill(size, (n) => `A${n}=c\r\n`)],
    ["comments", (size) => `${fill(size, (n) => `# ${n}\n\n`)}A=1`],
    ["one long value", (size) => `A=${"x ".repeat(size / 2)}`],
    ["one long value in quotes", (size) => `A="${"\\n".repeat(size / 2)}"`],
    ["a quote that is never ended", (size) => `A="${"\\x".repeat(size / 2)}`],
    ["spaces after a name", (size) => `A${" ".repeat(size)}!`],
    ["variables in one value", (size) => `A=${fill(size, (n) => `$B${n}`)}`],
  ];
  test.each(rows)("%s", (_what, write) =>
    expectLinear({ write, read: (text) => parseDotenv({ text, path: "e", variables: { HOME: "/" } }), ...SIZES }),
  );
  test.each(rows)("%s, named by a job", (_what, write) =>
    expectLinear({
      write,
      read: (beside) =>
        parse(job("    env_file: ./a.env\n    label_file: ./a.env\n"), {
          readReferenced: (path) => (path.endsWith("/a.env") ? { text: beside } : missing),
        }),
      ...SIZES,
    }),
  );
});

describe("the labels of an object take time in proportion to their length", () => {
  type Labels = Record<string, string>;
  const many = (size: number, each: (n: number) => readonly [string, string]): Labels =>
    Object.fromEntries([["schedule", "@daily"], ...Array.from({ length: size / 32 }, (_, n) => each(n))]);
  const rows: readonly (readonly [string, (size: number) => Labels])[] = [
    ["variables", (size) => many(size, (n) => [`environment.E${n}`, "v"])],
    ["jobs", (size) => many(size, (n) => [`jobs.j${n}.schedule`, "@daily"])],
    ["unknown labels", (size) => many(size, (n) => [`unknwn${n}`, "v"])],
    ["unknown labels of jobs", (size) => many(size, (n) => [`jobs.j${n}.volume`, "v"])],
    ["a long name", (size) => ({ ["x".repeat(size)]: "v" })],
    ["a long name with dots", (size) => ({ [`jobs.${"a.".repeat(size / 2)}`]: "v" })],
    ["a long name of a job", (size) => ({ [`jobs.${"a".repeat(size)}.schedule`]: "@daily" })],
    ["a long name of a variable", (size) => ({ schedule: "@daily", [`environment.${"A".repeat(size)}`]: "v" })],
    ["a long command", (size) => ({ schedule: "@daily", command: "'a' ".repeat(size / 4) })],
    ...["timeout", "overlap", "history.failed", "retries.on", "user", "working_dir", "stop_signal", "timezone"].map(
      (key) => [`a long ${key}`, (size: number) => ({ schedule: "@daily", [key]: "1,x ".repeat(size / 4) })] as const,
    ),
  ];
  test.each(rows)("%s", (_what, write) =>
    expectLinear({ write: (size) => anObject(write(size)), read: (object) => readLabels(object), ...SIZES }),
  );
});

describe("so does each kind of value by itself", () => {
  const rows: readonly (readonly [string, Write, (text: string) => unknown])[] = [
    ["a command line", (size) => "ab 'c d' ".repeat(size / 9), splitShellWords],
    ["a command line of backslashes", (size) => "\\\n\\\\".repeat(size / 4), splitShellWords],
    ["a quoted command line", (size) => `"${"\\a$".repeat(size / 3)}"`, splitShellWords],
    ["a text with variables", (size) => "${A:-$B}$$ $C ".repeat(size / 14), (text) => interpolate(text, {})],
    ["nested variables", (size) => "${A:-".repeat(size / 6) + "}".repeat(size / 6), (text) => interpolate(text, {})],
    [
      "nested variables of many",
      (size) => `${"${A:-".repeat(18)}${"x${B}".repeat(size / 5)}${"}".repeat(18)}`,
      (text) => interpolate(text, {}),
    ],
    ["open braces", (size) => "${A:-{}".repeat(size / 7), (text) => interpolate(text, {})],
    ["a variable's name", (size) => `$${"A".repeat(size)}`, (text) => interpolate(text, {})],
    ["a size", (size) => "1".repeat(size), parseByteSize],
    ["a duration", (size) => "1h".repeat(size / 2), parseDuration],
    ["an image", (size) => "a:".repeat(size / 2), imageNames],
    ["an image of many parts", (size) => "a/".repeat(size / 2), imageNames],
    ["a name for a job", (size) => "A!".repeat(size / 2), fitJobName],
    ["a nearest word", (size) => "x".repeat(size), (text) => nearestWord(text, ["schedule", "image"])],
    ["a pattern with stars", (size) => "ab".repeat(size / 2), (text) => matchesGlob("*a*b*a*b*c", text)],
  ];
  test.each(rows)("%s", (_what, write, read) => expectLinear({ write, read, ...SIZES }));
});
