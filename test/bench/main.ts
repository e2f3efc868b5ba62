/**
 * `npm run bench`: measures on a private engine and on a private Swarm what shipbell costs, and prints one table. Some
 * thirty minutes.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEngine } from "../lab/engine.ts";
import { ensureImages } from "../lab/images.ts";
import { readScript } from "../support/script-options.ts";
import { startBenchSwarm } from "./bench-swarm.ts";
import { measureBurst } from "./burst.ts";
import { type Figure, formatFigures } from "./figure.ts";
import { measureIdle } from "./idle.ts";
import { measureNeighbours } from "./neighbours.ts";
import { measurePass } from "./pass.ts";
import { buildProgram, type Program } from "./program.ts";
import { measureStartDelay } from "./start-delay.ts";
import { measureSwarmBurst } from "./swarm-burst.ts";
import { measureSwarmDelay } from "./swarm-delay.ts";
import { measureSwarmOutcome } from "./swarm-outcome.ts";

const ALONE = { pass: measurePass };
const ON_AN_ENGINE = {
  idle: measureIdle,
  delay: measureStartDelay,
  burst: measureBurst,
  neighbours: measureNeighbours,
};
const ON_A_SWARM = {
  "swarm-delay": measureSwarmDelay,
  "swarm-burst": measureSwarmBurst,
  "swarm-outcome": measureSwarmOutcome,
};

type Measurements<T> = Readonly<Record<string, (place: T, program: Program, folder: string) => Promise<Figure[]>>>;

const names = [ALONE, ON_AN_ENGINE, ON_A_SWARM].flatMap((kind) => Object.keys(kind));
const groups = [...new Set(names.flatMap((name) => name.split("-").slice(0, -1)))];
const { positionals: wanted } = readScript({
  usage: `usage: npm run bench -- [MEASUREMENT…]
  ${names.join(", ")}, or ${groups.join(", ")} for all whose names begin so; without any, all are made
`,
  options: {},
  words: [...names, ...groups],
});

const folder = await mkdtemp(join(tmpdir(), "shipbell-bench-"));
try {
  const program = await buildProgram(folder);
  const figures = [
    ...(await measureOn(async () => new AsyncDisposableStack(), ALONE, program)),
    ...(await measureOn(startBusyboxEngine, ON_AN_ENGINE, program)),
    ...(await measureOn(startBenchSwarm, ON_A_SWARM, program)),
  ];
  process.stdout.write(`${formatFigures(figures)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measureOn<T extends AsyncDisposable>(
  start: () => Promise<T>,
  measurements: Measurements<T>,
  program: Program,
): Promise<Figure[]> {
  const chosen = Object.entries(measurements).filter(([name]) => isChosen(name));
  if (chosen.length === 0) return [];
  await using place = await start();
  const figures: Figure[] = [];
  for (const [name, measure] of chosen) {
    process.stderr.write(`measuring: ${name} …\n`);
    await mkdir(join(folder, name));
    figures.push(...(await measure(place, program, join(folder, name))));
  }
  return figures;
}

/** Arguments choose measurements by name, or by the word that it begins with; without any, all are made. */
function isChosen(name: string): boolean {
  return wanted.length === 0 || wanted.some((word) => name === word || name.startsWith(`${word}-`));
}

async function startBusyboxEngine() {
  const engine = await startEngine();
  await ensureImages(engine, ["busybox:latest"]);
  return engine;
}
