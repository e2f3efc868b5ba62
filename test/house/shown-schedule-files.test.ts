import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runCli } from "../../src/cli/run-cli.ts";
import { keepingTerminal } from "../cli/keeping-terminal.ts";

const HOUSE = join(import.meta.dirname, "../..");
const pages = readdirSync(join(HOUSE, "docs"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".md"))
  .map((name) => `docs/${name}`);

/** The schedule files that documents show, each whole. */
const shown = ["README.md", ...pages].flatMap((page) => {
  const text = readFileSync(join(HOUSE, page), "utf8");
  const blocks = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = ""]) => block);
  return blocks.filter((block) => /^jobs:/m.test(block)).map((file, index) => ({ page, file, number: index + 1 }));
});

test("documents show schedule files", () => expect(shown.length).toBeGreaterThan(9));

test.each(shown)("schedule file $number of $page has no problems", async ({ file }) => {
  const folder = mkdtempSync(join(tmpdir(), "shipbell-shown-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "jobs.yml"), file);
  const { terminal, all } = keepingTerminal({ SHOP_TOKEN: "a token", SHOP_DB_PASSWORD: "a password" });
  const exitCode = await runCli(["check", join(folder, "jobs.yml")], terminal);
  expect(exitCode, all.join("\n")).toBe(0);
});
