import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const HOUSE = join(import.meta.dirname, "../..");

/** Names that say nothing of what flows through a folder, and so take in everything. */
const NAMELESS = ["utils", "util", "helpers", "helper", "common", "core", "manager", "managers", "shared", "misc"];

const sources = readdirSync(join(HOUSE, "src"), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .map((path) => ({ path: relative(HOUSE, path), lines: readFileSync(path, "utf8").trimEnd().split("\n") }));

describe("files of src/", () => {
  it("are named for what they are about, and so are their folders", () => {
    const words = ({ path }: { path: string }) => path.replace(/\.\w+$/, "").split("/");
    expect(sources.filter((source) => words(source).some((word) => NAMELESS.includes(word)))).toEqual([]);
  });

  // Parts are made by app.ts; what a module keeps for itself would be shared by all of them, and by all tests.
  it("keep no state of their own", () => expect(linesWhere(isState)).toEqual([]));

  it("do nothing when they are imported, but for those that a process or a thread begins with", () => {
    const begins = (line: string) => /^src\/(main|app\/check-worker)\.ts:/.test(line);
    expect(linesWhere(isWork).filter((line) => !begins(line))).toEqual([]);
  });
});

/** What browsers get is loaded by a page of its own each time, for its work. */
function linesWhere(isFault: (line: string) => boolean): string[] {
  const ours = sources.filter(({ path }) => path.endsWith(".ts"));
  return ours.flatMap(({ path, lines }) => lines.filter(isFault).map((line) => `${path}: ${line}`));
}

/** A variable outside of functions, or a collection there that its type lets change. */
function isState(line: string): boolean {
  const collection = /^(?:export )?const \w+(: [^=]+)? = new (?:Map|Set|WeakMap|WeakSet|AbortController)\b/.exec(line);
  const mayChange = collection !== null && collection[1]?.startsWith(": Readonly") !== true;
  return mayChange || /^(export )?(let|var) /.test(line);
}

/** A call or a wait at the beginning of a line is outside of functions. */
function isWork(line: string): boolean {
  return /^(await |void |[a-z]\w*(\.\w+)*\()/.test(line) || /^(export )?const .* = await /.test(line);
}
