import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "../../../src/cli/run-cli.ts";
import { keepingTerminal } from "../keeping-terminal.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shipbell-export-"));
});
afterEach(() => rm(folder, { recursive: true }));

const FILE = `jobs:
  nightly:
    schedule: "0 3 * * *"
    image: busybox
    env_file: night.env
  often:
    schedule: "@every 5m"
    image: busybox
`;

async function run(words: readonly string[], input?: string) {
  const { terminal, out, err } = keepingTerminal({});
  const piped = input === undefined ? {} : { piped: Readable.from([input]) };
  const exitCode = await runCli(["export", ...words], { ...terminal, ...piped });
  return { exitCode, out: out.join("\n"), err: err.join("\n").replaceAll(`${folder}/`, "") };
}

test("the file is on standard output, what is not in it on standard error, and the exit code is 1", async () => {
  await writeFile(join(folder, "jobs.yml"), FILE);
  await writeFile(join(folder, "night.env"), "A=1\n");
  const { exitCode, out, err } = await run(["compose", join(folder, "jobs.yml")]);
  expect(out).toContain('cron: "0 3 * * *"');
  expect(out).toContain("env_file: night.env");
  expect(out).toContain("# NOT EXPORTED: often: ");
  expect(err).toMatch(/^jobs\.yml:7:5: export-refused schedule: /);
  expect(exitCode).toBe(1);
});

test("one job may be chosen, and a text may come from standard input", async () => {
  const { exitCode, out, err } = await run(
    ["compose", "--job", "often", "-"],
    FILE.replace("@every 5m", "@hourly").replace("    env_file: night.env\n", ""),
  );
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
  expect(out).toContain('cron: "0 * * * *"');
  expect(out).not.toContain("nightly");
});

test.each([
  [["kubernets", "a.yml"], 2, 'there is no kind "kubernets"'],
  [["compose", "none.yml"], 1, "there is no such file"],
  [["compose", "--format", "xml", "a.yml"], 2, "is not one of text, json"],
  [["compose", "--job", "nightli", "-"], 1, 'there is no job "nightli" (did you mean "nightly"?)'],
])("%j is refused", async (words, code, says) => {
  const { exitCode, err } = await run(words, FILE.replace("    env_file: night.env\n", ""));
  expect([exitCode, err]).toEqual([code, expect.stringContaining(says)]);
});

test("JSON has the text and the findings", async () => {
  const { out } = await run(["compose", "--format", "json", "-"], FILE.replace("    env_file: night.env\n", ""));
  expect(JSON.parse(out)).toMatchObject({ jobs: 1, findings: [{ severity: "error", line: 6 }] });
});
