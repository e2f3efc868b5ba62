import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const HOUSE = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(HOUSE, path), "utf8");
const { dependencies, devDependencies } = JSON.parse(read("package.json"));
const versions: Readonly<Record<string, string>> = { ...dependencies, ...devDependencies };

/** Rows of the table: | `name`, `other` | why |. */
const rows = [...read("docs/decisions/0001-dependencies.md").matchAll(/^\| (`[^|]+) \| ([^|]+) \|$/gm)];
const explained = rows.flatMap(([, names = ""]) => [...names.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));

describe("dependencies", () => {
  it.each(Object.keys(versions))("%s has its reason in docs/decisions", (name) => expect(explained).toContain(name));

  it("has a reason for none that is gone", () => {
    expect(explained.filter((name) => versions[name] === undefined)).toEqual([]);
  });

  it.each(Object.entries(versions))("%s is pinned: %s", (_, version) => expect(version).toMatch(/^\d+\.\d+\.\d+$/));
});
