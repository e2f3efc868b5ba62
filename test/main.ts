import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { constants, setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { withLock } from "./lab/machine/lock.ts";
import { prepareLab } from "./lab/prepare.ts";
import { cacheShipbellImage } from "./lab/shipbell-image.ts";
import { takeDownOwn } from "./lab/take-down.ts";
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

/** Vitest's projects in each suite. */
const projectsOf = { unit: ["unit", "unit-alone"], engine: ["engine"], swarm: ["swarm"] } as const;

/** Suites that run. Each has a process group of its own, so that all that it has started ends with it. */
const running = new Set<ChildProcess>();
let isLeaving = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void leave(signal));

// Suites share nothing but the machine. Those with engines begin once the labs' first images are there. They often wait, and the
// unit tests take what they leave of the processor: how long these take is no part of what they prove.
const isReady = filters.length === 0 ? prepareLab().catch(warn) : Promise.resolve();
// The image of this checkout takes longest. Few tests ask for it, and those wait until it is there.
if (filters.length === 0) void isReady.then(cacheShipbellImage).catch(warn);
const unit = runSuite("unit", constants.priority.PRIORITY_BELOW_NORMAL);
const swarm = isReady.then(() => runSuite("swarm"));
const engine = isReady.then(() => runSuite("engine"));
const all = await Promise.all([unit, engine, swarm]);
const total = sum(all.map(({ tally }) => tally));
// Suites print side by side: what failed stands together once more, where nobody has to look for it.
for (const failure of total.failures) process.stdout.write(`failed: ${failure}\n`);
for (const failure of total.flaky) process.stdout.write(`passed at its second try: ${failure}\n`);
for (const { name, tally, tookMs } of all)
  process.stdout.write(`${name.padEnd(7)}${Math.round(tookMs / 1000)} s, ${formatTally(tally)}\n`);
process.stdout.write(`\n${formatTally(total)}\n`);
if (!all.every(({ isGood }) => isGood)) process.exitCode = 1;
// A suite that broke off has left its lab.
await takeDownLab();

/** Runs one suite, and passes its output on line by line. Its workers have the priority that it has when it starts them. */
async function runSuite(name: keyof typeof projectsOf, priority?: number): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), "shipbell-suite-"));
  const tallyFile = join(folder, "tally.json");
  const startedAt = performance.now();
  const mode = values.full ? ["--mode", "full"] : [];
  const projects = projectsOf[name].flatMap((project) => ["--project", project]);
  const options = ["run", ...projects, ...mode, ...(filters.length > 0 ? ["--passWithNoTests", ...filters] : [])];
  // What they start from sources, again and again, is compiled once.
  const env = { ...process.env, [TALLY_VARIABLE]: tallyFile, NODE_COMPILE_CACHE: join(folder, "compiled") };
  await unlessLeaving();
  const child = spawn(process.execPath, [join("node_modules", "vitest", "vitest.mjs"), ...options], {
    cwd: join(import.meta.dirname, ".."),
    env: process.stdout.isTTY ? { FORCE_COLOR: "1", ...env } : env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  if (priority !== undefined && child.pid !== undefined) setPriority(child.pid, priority);
  const ended = once(child, "close").then(([code]) => code as number | null);
  running.add(child);
  createInterface({ input: child.stdout }).on("line", (line) => process.stdout.write(`${line}\n`));
  createInterface({ input: child.stderr }).on("line", (line) => process.stderr.write(`${line}\n`));
  const code = await ended;
  running.delete(child);
  await unlessLeaving();
  const text = await readFile(tallyFile, "utf8").catch(() => undefined);
  await rm(folder, { recursive: true });
  // A run that has found no files has no counts; one that broke off has failed.
  const broken = code === 0 ? [] : [`${name}: the suite broke off with ${code}`];
  const none = { passed: 0, failed: broken.length, skipped: 0, failures: broken, flaky: [] };
  const tally: Tally = text === undefined ? none : JSON.parse(text);
  return { name, tally, isGood: code === 0, tookMs: performance.now() - startedAt };
}

/** vitest would end without its tear-downs as well: what it leaves is taken down here. */
async function leave(signal: "SIGINT" | "SIGTERM" | "SIGHUP"): Promise<void> {
  if (isLeaving) return;
  isLeaving = true;
  await Promise.all([...running].map(endGroup));
  await takeDownLab();
  process.exit(128 + constants.signals[signal]);
}

/** Never resolves once this process ends: nothing begins then, and nothing is printed. */
async function unlessLeaving(): Promise<void> {
  if (isLeaving) await new Promise<never>(() => {});
}

async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  process.kill(-child.pid, "SIGKILL");
  await ended;
}

/** All suites have ended by then. */
async function takeDownLab(): Promise<void> {
  await withLock("up", takeDownOwn).catch(warn);
}

function sum(tallies: readonly Tally[]): Tally {
  const count = (key: "passed" | "failed" | "skipped") => tallies.reduce((so, tally) => so + tally[key], 0);
  const failures = tallies.flatMap((tally) => tally.failures);
  const flaky = tallies.flatMap((tally) => tally.flaky);
  return { passed: count("passed"), failed: count("failed"), skipped: count("skipped"), failures, flaky };
}

/** The tests that need it will say the same, and fail. */
function warn(error: Error): void {
  process.stderr.write(`${error.message}\n`);
}
