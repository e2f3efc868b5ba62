import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const HOUSE = join(import.meta.dirname, "../..");
const decisions = readdirSync(join(HOUSE, "docs/decisions"));
const documents = ["docs/architecture.md", ...decisions.map((name) => `docs/decisions/${name}`)];

const read = (path: string) => readFileSync(join(HOUSE, path), "utf8");

describe.each(documents)("%s", (document) => {
  const text = read(document);

  it("names files with their folders that are there", () => {
    const named = [...text.matchAll(/`((?:[\w.-]+\/)+[\w.-]+\.(?:ts|md|json|grit))`/g)].map(([, path = ""]) => path);
    expect(named.filter((path) => !existsSync(join(HOUSE, "src", path)) && !existsSync(join(HOUSE, path)))).toEqual([]);
  });

  it("links to what is there", () => {
    const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, link = ""]) => link);
    expect(links.filter((link) => !existsSync(join(HOUSE, dirname(document), link)))).toEqual([]);
  });
});

describe("decisions", () => {
  it("are numbered without a gap", () => {
    expect(decisions.map((name) => Number(name.slice(0, 4)))).toEqual(decisions.map((_, index) => index + 1));
  });

  it.each(decisions)("%s says context, decision and consequence", (name) => {
    const text = read(`docs/decisions/${name}`);
    expect(text).toMatch(new RegExp(`^# ${Number(name.slice(0, 4))}\\. .+$`, "m"));
    expect([...text.matchAll(/^\*\*(.+?)\.\*\*/gm)].map(([, heading]) => heading)).toEqual([
      "Context",
      "Decision",
      "Consequence",
    ]);
  });
});
