import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const HOUSE = join(import.meta.dirname, "../..");

/** Put together here, so that this file does not hold what it looks for. */
const host = (...parts: readonly string[]) => parts.join(".");
const path = (...parts: readonly string[]) => ["", ...parts].join("/");

/** What belongs only to the machine on which something was written. */
const TRACES: readonly string[] = [
  host("registry", "npmjs", "org"),
  host("registry", "yarnpkg", "com"),
  host("registry", "npmmirror", "com"),
  `"${"resolved"}": "http`,
  path("work", "main"),
  path("work", "shared"),
  path("work", ".library"),
  path("Users", ""),
  path("home", "runner"),
  ...ownRegistry(),
];

/** The registry that npm was told to use here, if this runs under npm. */
function ownRegistry(): string[] {
  const url = process.env.npm_config_registry;
  return url === undefined ? [] : [new URL(url).host];
}

const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: HOUSE });
const files = new Set(listed.toString().split("\0").filter(Boolean));

describe("what is committed", () => {
  it("is found", () => expect(files.size).toBeGreaterThan(100));

  it("names no registry and no folder of a particular machine", () => {
    const found = [...files].flatMap((file) => {
      const text = readIfThere(join(HOUSE, file));
      return TRACES.filter((trace) => text.includes(trace)).map((trace) => `${file}: ${trace}`);
    });
    expect(found).toEqual([]);
  });
});

/** A file may be deleted and not yet committed so. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
