import { mkdir } from "node:fs/promises";
import { startEngine } from "../../lab/engine.ts";
import { startBenchSwarm } from "../bench-swarm.ts";
import type { Figure } from "../figure.ts";
import type { Program } from "../program.ts";
import { measureOfelia } from "./ofelia.ts";
import { PEERS, whatIsLacking } from "./programs.ts";
import { measureSwarmCronjob } from "./swarm-cronjob.ts";

/** How to measure next to another scheduler. */
export interface PeerSettings {
  /** The folder that has the peers' programs, or their sources. */
  readonly peers: string;
  readonly minutes: number;
  readonly program: Program;
  /** For the files of this measurement. */
  readonly folder: string;
}

const PREFIX = "peers-";

/** What the folder of peers may hold. */
export const PEER_NAMES: readonly string[] = Object.values(PEERS).map(({ name }) => name);

export type PeerMeasurement = `${typeof PREFIX}${keyof typeof PEERS}`;

export const PEER_MEASUREMENTS = Object.keys(PEERS).map((key) => `${PREFIX}${key}` as PeerMeasurement);

/** Returns a sentence where the folder has neither the program nor its source. */
export function whatPeerLacks(name: PeerMeasurement, peers: string): string | undefined {
  return whatIsLacking(PEERS[keyOf(name)], peers);
}

/** Runs shipbell next to this peer, on an engine, or a Swarm, of its own. */
export async function measurePeer(name: PeerMeasurement, settings: PeerSettings): Promise<Figure[]> {
  await mkdir(settings.folder, { recursive: true });
  const peer = keyOf(name);
  if (peer === "swarm-cronjob") {
    await using swarm = await startBenchSwarm();
    return await measureSwarmCronjob(swarm, settings);
  }
  await using engine = await startEngine();
  return await measureOfelia(engine, peer, settings);
}

function keyOf(name: PeerMeasurement): keyof typeof PEERS {
  return name.slice(PREFIX.length) as keyof typeof PEERS;
}
