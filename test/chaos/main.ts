/**
 * `npm run chaos -- --minutes N [--seed S] [--keep]`: breaks schedulers, engines and hosts of a private Swarm while jobs
 * of all policies run, and then holds what the ledger and the logs say against what the jobs' processes have done.
 */
import { writeFile } from "node:fs/promises";
import { serialize } from "node:v8";
import makeProgram from "../e2e/program.ts";
import { detach } from "../lab/detached.ts";
import { needRoot } from "../lab/machine/packages.ts";
import { startSwarm } from "../lab/swarm.ts";
import { readScript, refuse } from "../support/script-options.ts";
import { check } from "./check.ts";
import { tellFinding } from "./finding.ts";
import { runChaos } from "./run-chaos.ts";
import { formatTables } from "./table.ts";

const use = {
  usage: `usage: npm run chaos -- [--minutes 5] [--seed WHOLE-NUMBER] [--keep] [--evidence FILE]
  --keep      leaves the Swarm up
  --evidence  a file for all that was seen, as v8.serialize writes it
`,
  options: {
    minutes: { type: "string", default: "5" },
    seed: { type: "string" },
    keep: { type: "boolean", default: false },
    evidence: { type: "string" },
  },
  words: [],
} as const;
const { values } = readScript(use);
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
if (!(minutes > 0)) refuse(`--minutes ${values.minutes}: is not a number above 0`, use);
if (!Number.isInteger(seed)) refuse(`--seed ${values.seed}: is not a whole number`, use);

needRoot();
const say = (text: string) => process.stderr.write(`${new Date().toISOString()} ${text}\n`);
say(`chaos for ${minutes} minutes, --seed ${seed}`);
const removeProgram = await makeProgram();
const swarm = await startSwarm({
  name: `chaos-${process.pid}`,
  managers: 3,
  workers: 2,
  images: ["busybox:latest"],
});
try {
  const evidence = await runChaos(swarm, { minutes, seed, say });
  if (values.evidence !== undefined) await writeFile(values.evidence, serialize(evidence));
  const findings = check(evidence);
  for (const finding of findings) process.stdout.write(`${tellFinding(finding, evidence.faults, evidence.log)}\n`);
  process.stdout.write(`${formatTables(evidence, seed)}\n\n${findings.length} findings, --seed ${seed}\n`);
  process.exitCode = findings.length === 0 ? 0 : 1;
} finally {
  if (values.keep) await keep();
  else await swarm.takeDown();
  await removeProgram();
}

async function keep(): Promise<void> {
  await detach(swarm.record);
  say(`the Swarm stays: npm run lab -- down --name ${swarm.name}`);
}
