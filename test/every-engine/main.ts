import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEngine } from "../lab/engine.ts";
import { VARIANT_VARIABLE } from "../lab/variants/variants.ts";
import { TALLY_VARIABLE, type Tally } from "../support/closing-line.ts";
import { readScript } from "../support/script-options.ts";
import { type Judged, judge } from "./judge.ts";
import { PLANS, type Plan } from "./plan.ts";

const use = {
  usage: `usage: npm run test:engines -- [NAME…]   run the contracts on every engine that Debian has, or on these:
${PLANS.map(({ name, title }) => `         ${name.padEnd(16)} ${title}`).join("\n")}
       --engine-only   without the tests that need a Swarm
`,
  options: { "engine-only": { type: "boolean", default: false } },
  words: PLANS.map(({ name }) => name),
} as const;
const { values, positionals: names } = readScript(use);

/** A test that waits for what an engine never says hangs for this long, and no longer. */
const EACH_TEST_MS = 120_000;

/** The run that is under way. It takes its engines down before it ends; a terminal's Ctrl-C reaches it by itself. */
let running: ChildProcess | undefined;
let isLeaving = false;
process.once("SIGINT", leave);
process.once("SIGTERM", () => {
  running?.kill("SIGTERM");
  leave();
});

const rows: { readonly name: string; readonly version: string; readonly judged: Judged }[] = [];
for (const plan of PLANS.filter(({ name }) => names.length === 0 || names.includes(name))) {
  if (isLeaving) break;
  process.stdout.write(`\n=== ${plan.name}: ${plan.title}\n`);
  const version = await versionOf(plan);
  rows.push({ name: plan.name, version, judged: judge(await runPlan(plan), plan.differences ?? []) });
}
for (const { name, judged } of rows) {
  for (const failure of judged.failures) process.stdout.write(`failed on ${name}: ${failure}\n`);
  for (const because of judged.gone) process.stdout.write(`no longer so on ${name}: ${because}\n`);
}
process.stdout.write("\n| engine | version | passed | known differences | failed |\n|---|---|---|---|---|\n");
for (const { name, version, judged } of rows)
  process.stdout.write(`| ${name} | ${version} | ${judged.passed} | ${judged.known} | ${judged.failures.length} |\n`);
if (isLeaving || rows.some(({ judged }) => judged.failures.length > 0)) process.exitCode = 1;

function leave(): void {
  isLeaving = true;
}

/** Starts the engine once, which also installs it: nothing is run on one that does not start. */
async function versionOf({ variant }: Plan): Promise<string> {
  await using engine = await startEngine({ variant });
  const { json } = await engine.api<{ Version: string; ApiVersion: string }>("GET", "/version");
  return `${json.Version} (API ${json.ApiVersion})`;
}

/** One run of vitest for each of its projects. */
async function runPlan(plan: Plan): Promise<readonly Tally[]> {
  const tallies: Tally[] = [];
  for (const [project, files] of Object.entries(plan.files))
    if (project !== "swarm" || !values["engine-only"]) tallies.push(await runFiles(plan, project, files));
  return tallies;
}

async function runFiles(
  { variant, isFull, differences }: Plan,
  project: string,
  files: readonly string[],
): Promise<Tally> {
  const folder = await mkdtemp(join(tmpdir(), "shipbell-engines-"));
  const tallyFile = join(folder, "tally.json");
  const mode = isFull ? ["--mode", "full"] : [];
  // What is known to fail is not tried twice.
  const limits = ["--testTimeout", String(EACH_TEST_MS), "--retry", differences === undefined ? "1" : "0"];
  const options = ["run", "--project", project, ...mode, ...limits, ...files];
  const child = spawn(process.execPath, [join("node_modules", "vitest", "vitest.mjs"), ...options], {
    cwd: join(import.meta.dirname, "../.."),
    env: { ...process.env, [TALLY_VARIABLE]: tallyFile, ...(variant !== undefined && { [VARIANT_VARIABLE]: variant }) },
    stdio: "inherit",
  });
  running = child;
  const [code] = await once(child, "close");
  const text = await readFile(tallyFile, "utf8").catch(() => undefined);
  await rm(folder, { recursive: true });
  if (text !== undefined) return JSON.parse(text);
  return { passed: 0, failed: 1, skipped: 0, failures: [`${project}: the run broke off with ${code}`], flaky: [] };
}
