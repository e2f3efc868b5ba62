import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { prepareLab } from "./lab/prepare.ts";
import { formatTally, TALLY_VARIABLE, type Tally } from "./support/closing-line.ts";
import { readScript, refuse } from "./support/script-options.ts";

const use = {
  usage: `usage: npm run test -- [FILTER…]        prove every promise once
       npm run test:full -- [FILTER…]   prove every promise at every step
FILTER is a part of the path of a test file, such as test/e2e/kills; without one, all files are taken.
`,
  options: { full: { type: "boolean", default: false } },
} as const;
const { values, positionals: filters } = readScript(use);
const files = globSync("test/**/*.test.ts", { cwd: join(import.meta.dirname, "..") });
for (const filter of filters)
  if (!files.some((file) => file.includes(filter))) refuse(`${filter}: there is no such test`, use);

/** A suite that has been run. */
interface Ran {
  readonly name: string;
  readonly tally: Tally;
  readonly isGood: boolean;
  readonly tookMs: number;
}

/** Suites that run, each with when it has ended. */
const running = new Map<ChildProcess, Promise<number | null>>();
// A terminal's Ctrl-C reaches the suites by itself. They take their labs down before they end.
process.once("SIGINT", () => void leave());
process.once("SIGTERM", () => {
  for (const child of running.keys()) child.kill("SIGTERM");
  void leave();
});

// The labs' images are fetched and made while the unit tests run. Then engines and Swarm, which share nothing but the
// machine, are tested side by side.
const [unit] = await Promise.all([runSuite("unit"), filters.length === 0 && prepareLab().catch(warn)]);
const all = [unit, ...(await Promise.all([runSuite("engine"), runSuite("swarm")]))];
for (const { name, tally, tookMs } of all)
  process.stdout.write(`${name.padEnd(7)}${Math.round(tookMs / 1000)} s, ${formatTally(tally)}\n`);
process.stdout.write(`\n${formatTally(sum(all.map(({ tally }) => tally)))}\n`);
if (!all.every(({ isGood }) => isGood)) process.exitCode = 1;

/** Runs one of vitest's projects, and passes its output on line by line. */
async function runSuite(name: string): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), "shipbell-suite-"));
  const tallyFile = join(folder, "tally.json");
  const startedAt = performance.now();
  const mode = values.full ? ["--mode", "full"] : [];
  const options = ["run", "--project", name, ...mode, ...(filters.length > 0 ? ["--passWithNoTests", ...filters] : [])];
  const env = { ...process.env, [TALLY_VARIABLE]: tallyFile };
  const child = spawn(process.execPath, [join("node_modules", "vitest", "vitest.mjs"), ...options], {
    cwd: join(import.meta.dirname, ".."),
    env: process.stdout.isTTY ? { FORCE_COLOR: "1", ...env } : env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close").then(([code]) => code as number | null);
  running.set(child, ended);
  createInterface({ input: child.stdout }).on("line", (line) => process.stdout.write(`${line}\n`));
  createInterface({ input: child.stderr }).on("line", (line) => process.stderr.write(`${line}\n`));
  const code = await ended;
  running.delete(child);
  const text = await readFile(tallyFile, "utf8").catch(() => undefined);
  await rm(folder, { recursive: true });
  // A run that has found no files has no counts; one that broke off has failed.
  const none = { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  const tally: Tally = text === undefined ? none : JSON.parse(text);
  return { name, tally, isGood: code === 0, tookMs: performance.now() - startedAt };
}

async function leave(): Promise<void> {
  await Promise.all(running.values());
  process.exit(130);
}

function sum(tallies: readonly Tally[]): Tally {
  const total = (key: keyof Tally) => tallies.reduce((count, tally) => count + tally[key], 0);
  return { passed: total("passed"), failed: total("failed"), skipped: total("skipped") };
}

/** The tests that need it will say the same, and fail. */
function warn(error: Error): void {
  process.stderr.write(`${error.message}\n`);
}
