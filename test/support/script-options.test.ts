import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const HOUSE = join(import.meta.dirname, "../..");
const { scripts } = JSON.parse(readFileSync(join(HOUSE, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

/** By name, the file that each script runs which takes options of its own. */
const files = Object.entries(scripts).flatMap(([name, line]) => {
  const [, file] = /node (test\/\S+\.ts)$/.exec(line) ?? [];
  return file === undefined ? [] : [[name, file] as const];
});

function run(file: string, ...args: string[]) {
  return new Promise<{ code: number | string; out: string; err: string }>((resolve) => {
    execFile(process.execPath, [join(HOUSE, file), ...args], (error, out, err) => {
      resolve({ code: error?.code ?? 0, out, err });
    });
  });
}

test("they are found", () =>
  expect(files.map(([name]) => name).sort()).toEqual([
    "bench",
    "chaos",
    "demo",
    "figures",
    "lab",
    "screenshots",
    "simulate",
    "test",
    "test:engines",
  ]));

describe.each(files)("npm run %s", (name, file) => {
  test("--help says how it is used, and does nothing", async () => {
    const { code, out, err } = await run(file, "--help");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(new RegExp(`^usage: npm run ${name} -- `));
  });

  test("refuses an option that it does not have with a sentence and exit code 2", async () => {
    const { code, out, err } = await run(file, "--hepl");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(
      new RegExp(`^--hepl: there is no such option \\(did you mean --help\\?\\)\nusage: npm run ${name} -- `),
    );
  });

  test("refuses a word that it does not take", async () => {
    expect(await run(file, "nonsense")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^nonsense: there is no such (word here|command|test)/),
    });
  });
});

test.each([
  ["test/chaos/main.ts", ["--minutes", "soon"], "--minutes soon: is not a number above 0"],
  ["test/chaos/main.ts", ["--seed"], "--seed: a value is missing"],
  ["test/demo/main.ts", ["--keep=yes"], "--keep: takes no value"],
  ["test/demo/main.ts", ["--hosts", "12"], "--hosts 12: a private Swarm has 1 to 9 hosts"],
  ["test/lab/main.ts", [], "which of up, down, status?"],
])("%s %s is refused", async (file, args, sentence) => {
  expect(await run(file, ...args)).toMatchObject({
    code: 2,
    err: expect.stringMatching(new RegExp(`^${sentence.replace("?", "\\?")}\n`)),
  });
});
