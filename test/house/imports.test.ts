import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ImportRule, importRules } from "./import-rules.ts";

const HOUSE = join(import.meta.dirname, "../..");

/** Lines of code that the linter must find fault with, or must not, in a file of this path. */
type Sample = ImportRule & { readonly line: number };

const samples: readonly Sample[] = Object.values(
  Object.groupBy([...importRules, ...strangersEverywhere()], ({ file }) => file),
).flatMap((rules) => (rules ?? []).map((rule, index) => ({ ...rule, line: index + 1 })));

/** A folder that is added to src/ needs a rule of its own: without one, any package may be imported there. */
function strangersEverywhere(): ImportRule[] {
  const entries = readdirSync(join(HOUSE, "src"), { withFileTypes: true });
  const files = entries.map((entry) => `src/${entry.isDirectory() ? `${entry.name}/anything.ts` : entry.name}`);
  return files.map((file) => ({ file, code: 'import "some-package";', verdict: "must not" }));
}

/** The linter's faults, as `src/jobs/anything.ts:3`. It runs once, over a folder that holds all samples. */
function lintSamples(folder: string): Set<string> {
  copyFileSync(join(HOUSE, "biome.json"), join(folder, "biome.json"));
  cpSync(join(HOUSE, "test/house/only-the-clock.grit"), join(folder, "test/house/only-the-clock.grit"));
  for (const { file } of samples) {
    const lines = samples.filter((sample) => sample.file === file).map(({ code }) => code);
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `${lines.join("\n")}\n`);
  }
  const args = ["lint", "--vcs-enabled=false", "--reporter=github", "--max-diagnostics=none", "src"];
  const { stdout } = spawnSync(join(HOUSE, "node_modules/.bin/biome"), args, { cwd: folder, encoding: "utf8" });
  const faults = stdout.matchAll(
    /title=(?:plugin|lint\/style\/noRestrictedImports|lint\/suspicious\/noImportCycles),file=(.*?),line=(\d+)/g,
  );
  return new Set([...faults].map(([, file = "", line]) => `${file.slice(file.indexOf("src/"))}:${line}`));
}

describe("who may import whom", () => {
  const folder = mkdtempSync(join(tmpdir(), "shipbell-imports-"));
  let faults: ReadonlySet<string>;
  beforeAll(() => {
    faults = lintSamples(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(samples)("$file $verdict $code", ({ file, line, verdict }) => {
    expect(faults.has(`${file}:${line}`)).toBe(verdict === "must not");
  });
});
