import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkPaths } from "../../src/cli/check.ts";
import { checkCommand } from "../../src/cli/check-command.ts";
import { systemClock } from "../../src/clock.ts";
import { checkSchedule } from "../jobs/parse.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shipbell-check-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(file: string, ...keys: string[]): Promise<void> {
  const text = ["jobs:", "  nightly:", ...keys.map((key) => `    ${key}`), ""].join("\n");
  await writeFile(join(folder, file), text);
}

async function check(...paths: string[]) {
  const settings = { variables: {}, clock: systemClock, defaultTimezone: "UTC", checkSchedule };
  const { exitCode, lines } = await checkPaths(
    paths.map((path) => join(folder, path)),
    settings,
  );
  return { exitCode, lines: lines.map((line) => line.replaceAll(`${folder}/`, "")) };
}

test("good files are told in one line", async () => {
  await write("a.yml", "schedule: '@daily'", "image: busybox");
  expect(await check("a.yml")).toEqual({ exitCode: 0, lines: ["1 job, no problems"] });
  expect(await check("a.yml", ".")).toEqual({ exitCode: 0, lines: ["1 job, no problems"] });
});

test("each problem of each file is a line, and a path that is not there hides none", async () => {
  await write("a.yml", "schedule: '@daily'", "imge: busybox", "timeout: 90");
  await write("b.yml", "schedule: '@daily'", "image: busybox");
  await write("c.yml", "schedule: '@daily'", "image: busybox");
  expect(await check("missing.yml", "a.yml", "b.yml", "c.yml")).toEqual({
    exitCode: 1,
    lines: [
      "missing.yml: cannot be read: there is no such file or folder",
      'a.yml:4:5: unknown key "imge" (did you mean image?)',
      'a.yml:5:14: timeout must be a duration above 0 such as 90s, 10m or 1h30m, not "90" (with its unit: 90s for seconds, 90m for minutes)',
      "c.yml:2:3: the job nightly is already declared by b.yml:2:3, which counts (give one of them another name)",
    ],
  });
});

test.each([
  ["container", "5:5: secrets cannot be honoured"],
  ["swarm", "6:5: volumes_from cannot be honoured"],
  ["auto", undefined],
])("what an engine cannot honour is told of the one that is asked for: --engine %s", async (engine, says) => {
  await write("a.yml", "schedule: '@daily'", "image: busybox", "secrets: [tls]", "volumes_from: [db]");
  const path = join(folder, "a.yml");
  const out: string[] = [];
  const terminal = { env: {}, isTerminal: false, readFile: () => "", out: (line: string) => out.push(line) };
  const exitCode = await checkCommand.run({ paths: [path], engine }, { ...terminal, err: () => {} });
  expect({ exitCode, out }).toEqual(
    says === undefined
      ? { exitCode: 0, out: ["1 job, no problems"] }
      : { exitCode: 1, out: [expect.stringContaining(`${path}:${says}`)] },
  );
});
