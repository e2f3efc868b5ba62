/**
 * `npm run bench`: measures on a private engine and on a private Swarm what shipbell costs, and prints one table. Some
 * thirty minutes.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEngine } from "../lab/engine.ts";
import type { EngineClient } from "../lab/engine-client.ts";
import { ensureImages } from "../lab/images.ts";
import type { LabSwarm } from "../lab/swarm.ts";
import { readScript, refuse } from "../support/script-options.ts";
import { managerOf, startBenchSwarm, startSwarmOfFive } from "./bench-swarm.ts";
import { measureBurst } from "./burst.ts";
import { type Figure, formatFigures } from "./figure.ts";
import { measureGrowth } from "./growth.ts";
import { measureIdle } from "./idle.ts";
import { measureNeighbours } from "./neighbours.ts";
import { measureNotices } from "./notices.ts";
import { measurePage } from "./page.ts";
import { measurePass } from "./pass.ts";
import { type Turns, whatTurnsLack, withEachPeer } from "./peers/in-turns.ts";
import {
  measurePeer,
  PEER_MEASUREMENTS,
  PEER_NAMES,
  type PeerMeasurement,
  whatPeerLacks,
} from "./peers/measure-peer.ts";
import { measureTurnsBurst } from "./peers/turns-burst.ts";
import { measureTurnsDelay } from "./peers/turns-delay.ts";
import { buildProgram, type Program } from "./program.ts";
import { measureRuns } from "./runs.ts";
import { measureStartDelay } from "./start-delay.ts";
import { measureSwarmBurst } from "./swarm-burst.ts";
import { measureSwarmDelay } from "./swarm-delay.ts";
import { measureSwarmOutcome } from "./swarm-outcome.ts";
import { measureViewers } from "./viewers.ts";

const ALONE = { pass: measurePass, page: measurePage, viewers: measureViewers };
const ON_AN_ENGINE = {
  idle: measureIdle,
  delay: measureStartDelay,
  burst: measureBurst,
  neighbours: measureNeighbours,
  notices: measureNotices,
  runs: measureRuns,
};
const ON_A_SWARM = {
  "swarm-delay": measureSwarmDelay,
  "swarm-burst": measureSwarmBurst,
  "swarm-outcome": measureSwarmOutcome,
};
/** They take longer, and are made only when they are asked for. */
const GROWTH = "growth";
const GROWTH_ON_AN_ENGINE: Measurements<EngineClient> = {
  [GROWTH]: ({ dockerHost }, ...rest) =>
    measureGrowth({ dockerHost, where: "on an engine", minutes: Number(options.minutes) }, ...rest),
};
const GROWTH_ON_A_SWARM: Measurements<LabSwarm> = {
  [`${GROWTH}-swarm`]: (swarm, ...rest) => {
    const { dockerHost } = managerOf(swarm);
    return measureGrowth({ dockerHost, where: "on a Swarm of five hosts", minutes: Number(options.minutes) }, ...rest);
  },
};
/** In turns with others, on one engine. They, too, are made only when they are asked for. */
const PEERS = "peers";
const IN_TURNS: Measurements<EngineClient> = {
  [`${PEERS}-delay`]: (engine, ...rest) => measureInTurns(engine, rest, measureTurnsDelay),
  [`${PEERS}-burst`]: (engine, ...rest) => measureInTurns(engine, rest, measureTurnsBurst),
};

type Measurements<T> = Readonly<Record<string, (place: T, program: Program, folder: string) => Promise<Figure[]>>>;

const kinds = [ALONE, ON_AN_ENGINE, ON_A_SWARM, GROWTH_ON_AN_ENGINE, GROWTH_ON_A_SWARM, IN_TURNS];
const names = [...kinds.flatMap((kind) => Object.keys(kind)), ...PEER_MEASUREMENTS];
const groups = [...new Set(names.filter((name) => name.includes("-")).map((name) => name.replace(/-.*/, "")))];
const usage = `usage: npm run bench -- [--peers FOLDER] [--minutes N] [MEASUREMENT…]
  ${names.join(", ")}, or ${groups.join(", ")} for all whose names begin so; without any, all are made but growth and peers
  --peers FOLDER  the programs of other schedulers, or checkouts of their sources: ${PEER_NAMES.join(", ")}
  --minutes N     how long each runs next to shipbell, and how long growth keeps up a steady load [default: 10]
`;
const { positionals: wanted, values: options } = readScript({
  usage,
  options: { peers: { type: "string" }, minutes: { type: "string", default: "10" } },
  words: [...names, ...groups],
});
const peersWanted = PEER_MEASUREMENTS.filter(isChosen);
const turnsWanted = Object.keys(IN_TURNS).filter(isChosen);
if (peersWanted.length + turnsWanted.length > 0 && options.peers === undefined)
  refuse("--peers: the folder with the programs of other schedulers is missing", { usage });
if (!/^[1-9]\d{0,3}$/.test(options.minutes))
  refuse(`--minutes: "${options.minutes}" is not a number of minutes`, { usage });

const lacking = [
  ...turnsWanted.map(() => whatTurnsLack(options.peers ?? "")),
  ...peersWanted.map((name) => whatPeerLacks(name, options.peers ?? "")),
].find((each) => each !== undefined);
if (lacking !== undefined) refuse(lacking, { usage });

const folder = await mkdtemp(join(tmpdir(), "shipbell-bench-"));
try {
  const program = await buildProgram(folder);
  const figures = [
    ...(await measureOn(async () => new AsyncDisposableStack(), ALONE, program)),
    ...(await measureOn(startBusyboxEngine, ON_AN_ENGINE, program)),
    ...(await measureOn(startBenchSwarm, ON_A_SWARM, program)),
    ...(await measureOn(startBusyboxEngine, GROWTH_ON_AN_ENGINE, program)),
    ...(await measureOn(startSwarmOfFive, GROWTH_ON_A_SWARM, program)),
    ...(await measureOn(startBusyboxEngine, IN_TURNS, program)),
    // They mostly wait, so that all run at once, each on an engine of its own.
    ...(await Promise.all(peersWanted.map((name) => measureNextTo(name)))).flat(),
  ];
  process.stdout.write(`${formatFigures(figures)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measureNextTo(name: PeerMeasurement): Promise<Figure[]> {
  const place = { program: await buildProgram(join(folder, name)), folder: join(folder, name) };
  return measurePeer(name, { ...place, peers: options.peers ?? "", minutes: Number(options.minutes) });
}

function measureInTurns(
  engine: EngineClient,
  [program, folder]: [Program, string],
  measure: (turns: Turns) => Promise<Figure[]>,
): Promise<Figure[]> {
  return withEachPeer({ engine, program, folder, peers: options.peers ?? "" }, measure);
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
  return (
    (wanted.length === 0 && !name.startsWith(GROWTH) && !name.startsWith(`${PEERS}-`)) ||
    wanted.some((word) => name === word || name.startsWith(`${word}-`))
  );
}

async function startBusyboxEngine() {
  const engine = await startEngine();
  await ensureImages(engine, ["busybox:latest"]);
  return engine;
}
