import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const HOUSE = join(import.meta.dirname, "../..");
const decisions = readdirSync(join(HOUSE, "docs/decisions"));
const allIn = (folder: string) =>
  readdirSync(join(HOUSE, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${folder}/${name}`);
const documents = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", ...allIn("docs")];

const fileNames = new Set(
  [".", "src", "test"].flatMap((folder) =>
    readdirSync(join(HOUSE, folder), { recursive: folder !== ".", encoding: "utf8" }).map((name) => basename(name)),
  ),
);

const read = (path: string) => readFileSync(join(HOUSE, path), "utf8");

/** The text without its examples, in which links and headings are none. */
const proseOf = (path: string) => read(path).replaceAll(/^```.*?^```$/gms, "");

/** What a link to a heading has after its `#`, as GitHub makes it. */
const anchorsOf = (path: string) =>
  [...proseOf(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );

describe.each(documents)("%s", (document) => {
  const links = [...proseOf(document).matchAll(/\]\(([^)#:]*)(?:#([^):]*))?\)/g)];

  it("links to files that are there", () => {
    const files = links.map(([, file = ""]) => file).filter((file) => file !== "");
    expect(files.filter((file) => !existsSync(join(HOUSE, dirname(document), file)))).toEqual([]);
  });

  it("links to headings that are there", () => {
    const broken = links.filter(([, file = "", anchor]) => {
      const target = file === "" ? document : join(dirname(document), file);
      return anchor !== undefined && target.endsWith(".md") && !anchorsOf(target).includes(anchor);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  it("has no table that is torn, or whose rows differ in their cells", () => {
    const tables = proseOf(document).match(/(?:^\|.*\n?)+/gm) ?? [];
    const cellsOf = (row: string) => row.match(/(?<!\\)\|/g)?.length;
    const torn = tables.filter((table) => {
      const rows = table.trimEnd().split("\n");
      const [head = "", rule = ""] = rows;
      return !/^\|[-| :]+\|$/.test(rule) || rows.some((row) => cellsOf(row) !== cellsOf(head));
    });
    expect(torn).toEqual([]);
  });
});

describe.each(["docs/architecture.md", "docs/testing.md", ...decisions.map((name) => `docs/decisions/${name}`)])(
  "%s",
  (document) => {
    it("names files with their folders that are there", () => {
      const named = [...read(document).matchAll(/`((?:[\w.-]+\/)+[\w.-]+\.(?:ts|md|json|grit))`/g)];
      const missing = named.filter(
        ([, path = ""]) => !existsSync(join(HOUSE, "src", path)) && !existsSync(join(HOUSE, path)),
      );
      expect(missing.map(([, path]) => path)).toEqual([]);
    });

    it("names files without their folders that are there", () => {
      const named = [...read(document).matchAll(/`([\w.-]+\.(?:ts|grit))`/g)].map(([, name = ""]) => name);
      expect(named.filter((name) => !fileNames.has(name))).toEqual([]);
    });
  },
);

it("the Dockerfile is bound to no architecture", () => {
  expect(read("Dockerfile")).not.toMatch(/amd64|arm64|x86|aarch|--platform/i);
});

describe("the version", () => {
  const { version } = JSON.parse(read("package.json"));

  it("is the same in package.json, its lock and the Dockerfile", () => {
    const lock = JSON.parse(read("package-lock.json"));
    const [, inDockerfile] = /^ARG VERSION=(.*)$/m.exec(read("Dockerfile")) ?? [];
    expect([lock.version, lock.packages[""].version, inDockerfile]).toEqual([version, version, version]);
  });

  it("has a section in the changelog, below what is unreleased", () => {
    const [unreleased, latest] = [...read("CHANGELOG.md").matchAll(/^## \[(.+?)\]/gm)].map(([, name]) => name);
    expect([unreleased, latest]).toEqual(["Unreleased", version]);
  });
});

describe("README.md", () => {
  it("shows of commands what docs/commands.md shows, which a test compares with what they print", () => {
    const shown = [...read("README.md").matchAll(/^```console\n(\$ shipbell .*?)^```$/gms)].map(
      ([, text = ""]) => text,
    );
    expect(shown.length).toBeGreaterThan(0);
    const outputs = shown.flatMap((text) => text.split(/^(?=\$ )/m));
    expect(outputs.filter((output) => !read("docs/commands.md").includes(output))).toEqual([]);
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
  const blocks = documents.flatMap((document) =>
    [...read(document).matchAll(/^```console\n(.*?)^```$/gms)].map(([, commands = ""]) => ({ document, commands })),
  );

  it("that stop the scheduler see first to its being started again, whatever fails between", () => {
    const stopping = blocks.filter(({ commands }) =>
      /^ *docker (stop|kill|pause|rm)\b[^\n]* shipbell\b(?!-)/m.test(commands),
    );
    expect(stopping.length).toBeGreaterThan(0);
    for (const { document, commands } of stopping)
      expect(commands, document).toMatch(
        /trap '[^'\n]*docker start shipbell\b[^'\n]*' EXIT.*docker (stop|kill|pause|rm)\b/s,
      );
  });

  it("write what is to be kept under another name until it is whole", () => {
    const redirected = blocks.flatMap(({ document, commands }) =>
      [...commands.matchAll(/\bbackup > *(\S+)(.*)$/gm)].map(([, file = "", rest = ""]) => ({ document, file, rest })),
    );
    expect(redirected.length).toBeGreaterThan(0);
    for (const { document, file, rest } of redirected)
      expect(`${document}: ${file}${rest}`).toMatch(/\.part && mv \S+\.part \S+$/);
  });
});
