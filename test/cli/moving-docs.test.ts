import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, test } from "vitest";
import { runCli } from "../../src/cli/run-cli.ts";
import { FINDING_CODES } from "../../src/definition/import/imported.ts";
import { IMPORT_KINDS } from "../../src/definition/import/kinds.ts";
import { keepingTerminal } from "./keeping-terminal.ts";

const MOVING = join(import.meta.dirname, "../../docs/moving");
const DEFINITION = join(import.meta.dirname, "../../src/definition");
/** `ics` makes a file of days of a calendar, and no schedule file: it is not one of the kinds. */
const pages = readdirSync(MOVING).filter((name) => name !== "README.md" && name !== "ics.md");

/** What a page shows: a file, the command on it, and what that prints on both streams. */
const EXAMPLE =
  /^`([^`]+)`(?:, .*)?:\n\n```\w*\n(.*?)^```\n(.*?)^```console\n\$ shipbell (.*?)\n```\n(.*?)^```yaml\n(.*?)^```\n(.*?)^```text\n(.*?)^```$/gms;

/** The page, with what the command prints now. Set `UPDATE_DOCS` to write it. */
async function withRealOutput(page: string): Promise<string> {
  let written = page;
  for (const [, name = "", text = "", , line = "", , yaml = "", , said = ""] of page.matchAll(EXAMPLE)) {
    const folder = mkdtempSync(join(tmpdir(), "shipbell-moving-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, name), text);
    const { terminal, out, err } = keepingTerminal({ COLUMNS: "1000" });
    await runCli(
      line.split(" ").map((word) => (word === name ? join(folder, name) : word)),
      terminal,
    );
    const plain = (lines: readonly string[]) => lines.map((each) => `${each.replaceAll(`${folder}/`, "")}\n`).join("");
    written = written.replace(`\`\`\`yaml\n${yaml}\`\`\``, () => `\`\`\`yaml\n${plain(out)}\`\`\``);
    written = written.replace(`\`\`\`text\n${said}\`\`\``, () => `\`\`\`text\n${plain(err)}\`\`\``);
  }
  return written;
}

test.each(pages)("docs/moving/%s shows what the command prints", async (name) => {
  const path = join(MOVING, name);
  const page = readFileSync(path, "utf8");
  expect([...page.matchAll(EXAMPLE)].length).toBeGreaterThan(0);
  const real = await withRealOutput(page);
  if (process.env.UPDATE_DOCS !== undefined) writeFileSync(path, real);
  expect(page).toBe(real);
});

test("docs/moving has a page for each kind, and one row of the index for it", () => {
  const index = readFileSync(join(MOVING, "README.md"), "utf8");
  expect(pages.toSorted()).toEqual(IMPORT_KINDS.map((kind) => `${kind.name}.md`).toSorted());
  for (const page of pages) expect(index).toContain(`](${page})`);
});

describe("the table of what is said", () => {
  const index = readFileSync(join(MOVING, "README.md"), "utf8");
  const rows = [...index.matchAll(/^\| `((?:import|export)-[a-z-]+)` \| /gm)].map(([, code]) => code);
  const sources = ["import", "export"].map((folder) => [folder, textOf(join(DEFINITION, folder))] as const);
  const printed = sources.flatMap(
    ([folder, text]) => text.match(new RegExp(`(?<=")${folder}-[a-z-]+(?=")`, "g")) ?? [],
  );

  it("has each code that the program can print once, in the order of the alphabet", () => {
    expect(rows).toEqual([...new Set(printed)].toSorted((a, b) => order(a) - order(b) || a.localeCompare(b)));
  });

  it("has no code that the program never prints", () => {
    expect(FINDING_CODES.filter((code) => printed.filter((each) => each === code).length < 2)).toEqual([]);
  });
});

const order = (code: string) => (code.startsWith("import-") ? 0 : 1);

function textOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return files.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
}
