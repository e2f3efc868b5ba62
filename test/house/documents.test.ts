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

describe("commands in documents", () => {
  const records = [
    "README.md",
    ...readdirSync(join(HOUSE, "docs"), { recursive: true })
      .map(String)
      .filter((name) => name.endsWith(".md") && !name.startsWith("decisions"))
      .map((name) => `docs/${name}`),
  ];
  const blocks = records.flatMap((record) =>
    [...read(record).matchAll(/^```console\n(.*?)^```$/gms)].map(([, commands = ""]) => ({ record, commands })),
  );

  it("that stop the scheduler see first to its being started again, whatever fails between", () => {
    const stopping = blocks.filter(({ commands }) =>
      /^ *docker (stop|kill|pause|rm)\b[^\n]* shipbell\b(?!-)/m.test(commands),
    );
    expect(stopping.length).toBeGreaterThan(0);
    for (const { record, commands } of stopping)
      expect(commands, record).toMatch(
        /trap '[^'\n]*docker start shipbell\b[^'\n]*' EXIT.*docker (stop|kill|pause|rm)\b/s,
      );
  });

  it("write what is to be kept under another name until it is whole", () => {
    const redirected = blocks.flatMap(({ record, commands }) =>
      [...commands.matchAll(/\bbackup > *(\S+)(.*)$/gm)].map(([, file = "", rest = ""]) => ({ record, file, rest })),
    );
    expect(redirected.length).toBeGreaterThan(0);
    for (const { record, file, rest } of redirected)
      expect(`${record}: ${file}${rest}`).toMatch(/\.part && mv \S+\.part \S+$/);
  });
});
