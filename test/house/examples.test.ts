import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const EXAMPLES = join(import.meta.dirname, "../../docs/examples");

const read = (path: string) => readFileSync(join(EXAMPLES, path), "utf8");
const index = read("README.md");

const linksOf = (text: string) => [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link = ""]) => link);
const missing = (folder: string, text: string) =>
  linksOf(text).filter((link) => !existsSync(join(EXAMPLES, folder, link)));

const folders = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const examples = folders.filter((name) => existsSync(join(EXAMPLES, name, "README.md")));

describe("docs/examples", () => {
  it("has an index of all its folders, whose links lead somewhere", () => {
    expect(folders.filter((name) => !linksOf(index).includes(`${name}/`))).toEqual([]);
    expect(missing(".", index)).toEqual([]);
  });

  it.each(examples)("%s: its README links to each file, and each link leads somewhere", (name) => {
    const readme = read(join(name, "README.md"));
    const files = readdirSync(join(EXAMPLES, name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== "README.md")
      .map(({ parentPath, name: file }) => join(parentPath, file).slice(join(EXAMPLES, name).length + 1));
    expect(files.filter((file) => !linksOf(readme).includes(file))).toEqual([]);
    expect(missing(name, readme)).toEqual([]);
  });

  it.each(examples)("%s: is run by a test", (name) => {
    const tests = join(import.meta.dirname, "../e2e/examples");
    const texts = readdirSync(tests).map((file) => readFileSync(join(tests, file), "utf8"));
    expect(texts.some((text) => text.includes(`${name}/`))).toBe(true);
  });
});

describe("schedules/, which the first deployment takes as it is", () => {
  const HOUSE = join(import.meta.dirname, "../..");
  const files = readdirSync(join(HOUSE, "schedules"));
  const textOf = (name: string) => readFileSync(join(HOUSE, "schedules", name), "utf8");

  it.each(files)("%s is shown word for word by the README", (name) => {
    expect(readFileSync(join(HOUSE, "README.md"), "utf8")).toContain(`\`\`\`yaml\n${textOf(name)}\`\`\``);
  });

  it.each(files)("%s starts nothing more often than each minute", (name) => {
    const schedules = [...textOf(name).matchAll(/^ +schedule: "([^"]+)"/gm)].map(([, schedule = ""]) => schedule);
    expect(schedules.length).toBeGreaterThan(0);
    expect(schedules.filter((schedule) => schedule.split(" ").length !== 5)).toEqual([]);
  });
});
