import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EngineClient } from "../../lab/engine-client.ts";
import type { Figure } from "../figure.ts";
import type { Program } from "../program.ts";
import { COMMAND } from "../raw-client.ts";
import { PeerProcess } from "./peer-process.ts";
import { findPeer, PEERS, type PeerProgram, whatIsLacking } from "./programs.ts";

/** Those with seconds in their schedules: Chadburn has none. */
const FAMILY = [PEERS.netresearch, PEERS["mcuadros-0.4"], PEERS["mcuadros-0.3"]] as const;

/** The image of each side: the same one, under a name that tells whose container it is. */
export const IMAGE_OF = { raw: "busybox", shipbell: "busybox:shipbell", peer: "busybox:peer" } as const;

/** What is measured in turns: the raw client, a peer and shipbell, on one engine. */
export interface Turns {
  readonly engine: EngineClient;
  readonly program: Program;
  /** For the files of this measurement. */
  readonly folder: string;
  readonly peer: PeerProgram & { readonly name: string };
}

export interface TurnsPlace extends Omit<Turns, "peer"> {
  /** The folder that has the peers' programs, or their sources. */
  readonly peers: string;
}

/** Returns a sentence where the folder has no program that can be measured in turns. */
export function whatTurnsLack(peers: string): string | undefined {
  return inFolder(peers).length > 0 ? undefined : whatIsLacking(FAMILY[0], peers);
}

/** Measures with each program of the Ofelia family that the folder has, one after the other. */
export async function withEachPeer(
  { peers, ...place }: TurnsPlace,
  measure: (turns: Turns) => Promise<Figure[]>,
): Promise<Figure[]> {
  const { engine } = place;
  for (const tag of [IMAGE_OF.shipbell, IMAGE_OF.peer]) await engine.docker("tag", "busybox:latest", tag);
  const figures: Figure[] = [];
  for (const peer of inFolder(peers)) {
    const folder = join(place.folder, peer.name);
    await mkdir(folder);
    const program = await findPeer(peer, { peers, folder });
    figures.push(...(await measure({ ...place, folder, peer: { ...program, name: peer.name } })));
  }
  return figures;
}

function inFolder(peers: string) {
  return FAMILY.filter((peer) => whatIsLacking(peer, peers) === undefined);
}

/** Starts the peer with these jobs, all of one schedule. It removes a container when its process has ended. */
export async function startPeer(
  { engine, folder, peer }: Turns,
  jobs: readonly string[],
  schedule: string,
): Promise<PeerProcess> {
  const file = join(folder, `${peer.name}.ini`);
  const keys = [`schedule = ${schedule}`, `image = ${IMAGE_OF.peer}`, "pull = false", "user = 0", "delete = true"];
  const lines = [...keys, `command = ${COMMAND.join(" ")}`].join("\n");
  await writeFile(file, `[global]\n\n${jobs.map((name) => `[job-run "${name}"]\n${lines}\n`).join("\n")}`);
  return PeerProcess.start({
    path: peer.path,
    args: ["daemon", `--config=${file}`],
    env: { TZ: "UTC", DOCKER_HOST: engine.dockerHost },
    ready: /New job registered|scheduler started|Starting scheduler/i,
  });
}

/** A schedule file with these jobs, all of one schedule. */
export function shipbellJobs(jobs: readonly string[], schedule: string): string {
  const keys = { schedule, image: IMAGE_OF.shipbell, command: COMMAND };
  return JSON.stringify({ jobs: Object.fromEntries(jobs.map((name) => [name, keys])) });
}

/** Throws, with what it said last, when the peer has ended. */
export function mustRun({ state }: PeerProcess, { name }: Turns["peer"]): void {
  if (!state.isRunning) throw new Error(`${name} ended:\n${state.last.join("\n")}`);
}
