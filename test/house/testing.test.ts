import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const HOUSE = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(HOUSE, path), "utf8");

/** Rows of the table in docs/testing.md: promise, where `npm test` proves it, what the full run adds. */
const rows = read("docs/testing.md")
  .split("\n")
  .filter((line) => line.startsWith("| ") && line.includes("`test/"))
  .map((line) => line.split("|").slice(1, -1) as [string, string, string]);
const pathsIn = (cell: string) => [...cell.matchAll(/`(test\/[^`]+)`/g)].map(([, path = ""]) => path);

const files = globSync("test/**/*.test.ts", { cwd: HOUSE });
/** Put together here, so that this file does not have the tag itself. */
const TAG = ["//", "@module-tag", "full"].join(" ");
const fullOnly = files.filter((file) => read(file).startsWith(TAG));

it("names for each promise files that npm test runs", () => {
  expect(rows.length).toBeGreaterThan(10);
  for (const [promise, usual] of rows) {
    expect(pathsIn(usual), promise).not.toEqual([]);
    expect(pathsIn(usual).filter((path) => fullOnly.includes(path))).toEqual([]);
  }
});

it("names each file that only npm run test:full runs", () => {
  const named = rows.flatMap(([, , added]) => pathsIn(added));
  expect(fullOnly.length).toBeGreaterThan(5);
  expect(fullOnly.filter((file) => !named.some((path) => file.startsWith(path)))).toEqual([]);
});

it("has no wait that is over before a busy machine is ready", () => {
  const sources = globSync("test/**/*.ts", { cwd: HOUSE }).filter((file) => !file.endsWith("/until-it-succeeds.ts"));
  // Vitest's own are over after a second; those of `expect.poll` have the patience that vitest.config.ts gives them.
  const isImpatient = (line: string) => /\bvi\.wait(?:For|Until)\(|\bexpect\.poll\(.*\btimeout: \d/.test(line);
  const lines = sources.flatMap((file) =>
    read(file)
      .split("\n")
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(lines.filter((line) => isImpatient(line) && !line.includes("isImpatient"))).toEqual([]);
});
