import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { runCommand } from "../../lab/machine/run-command.ts";

/** Another scheduler. None of them is part of this repository; people give its program, or its source. */
export interface Peer {
  /** What its program, or the checkout of its source, is called in the folder of peers. */
  readonly name: string;
  /** Where it is developed. */
  readonly home: string;
  /** What was measured last. */
  readonly version: string;
  /** The package of its program, below its checkout. */
  readonly package: string;
}

export const PEERS = {
  "mcuadros-0.4": {
    name: "ofelia-mcuadros-0.4",
    home: "https://github.com/mcuadros/ofelia",
    version: "v0.4.0-beta.1",
    package: ".",
  },
  "mcuadros-0.3": {
    name: "ofelia-mcuadros-0.3",
    home: "https://github.com/mcuadros/ofelia",
    version: "v0.3.21",
    package: ".",
  },
  netresearch: {
    name: "ofelia-netresearch",
    home: "https://github.com/netresearch/ofelia",
    version: "v0.29.0",
    package: ".",
  },
  chadburn: {
    name: "chadburn",
    home: "https://github.com/PremoWeb/Chadburn",
    version: "v1.0.8-5-g442b4b7",
    package: ".",
  },
  "swarm-cronjob": {
    name: "swarm-cronjob",
    home: "https://github.com/crazy-max/swarm-cronjob",
    version: "v1.16.0",
    package: "./cmd",
  },
} as const satisfies Readonly<{ [name: string]: Peer }>;

/** A program to run. */
export interface PeerProgram {
  readonly path: string;
  /** `git describe` of its checkout; `given` for a program that was found as it is. */
  readonly version: string;
}

/** Returns a sentence where the folder has nothing of this peer. */
export function whatIsLacking(peer: Peer, peers: string): string | undefined {
  const found = join(resolve(peers), peer.name);
  return existsSync(found) ? undefined : `there is no ${found}: ${whatToPut(peer)}`;
}

/** The program of a peer: `NAME` in the folder `peers`, or built with Go from the checkout `NAME` there, into `folder`. */
export async function findPeer(peer: Peer, { peers, folder }: { peers: string; folder: string }): Promise<PeerProgram> {
  const found = join(resolve(peers), peer.name);
  if (!statSync(found).isDirectory()) return { path: found, version: "given" };
  const path = join(folder, peer.name);
  const build = ["-C", found, "build", "-buildvcs=false", "-o", path, peer.package];
  await runCommand("go", build, { env: { ...process.env, CGO_ENABLED: "0" } }).catch((cause) => {
    throw new Error(`Go cannot build ${found}: ${whatToPut(peer)}`, { cause });
  });
  return { path, version: await runCommand("git", ["-C", found, "describe", "--tags", "--always"]) };
}

function whatToPut({ home, version }: Peer): string {
  return `put a program of that name there, or a checkout of ${home} at ${version}, which Go then builds`;
}
