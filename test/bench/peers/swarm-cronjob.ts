import type { LabSwarm } from "../../lab/swarm.ts";
import { managerOf } from "../bench-swarm.ts";
import type { Figure } from "../figure.ts";
import { measureAlike } from "./alike.ts";
import { stackDefinitions, ZONE } from "./definitions.ts";
import type { PeerSettings } from "./measure-peer.ts";
import { findPeer, PEERS } from "./programs.ts";

const STACK = "peers";

/** swarm-cronjob next to shipbell, with the same stack. */
export async function measureSwarmCronjob(
  swarm: LabSwarm,
  { peers, program, folder, minutes }: PeerSettings,
): Promise<Figure[]> {
  const peer = PEERS["swarm-cronjob"];
  const { path, version } = await findPeer(peer, { peers, folder });
  const manager = managerOf(swarm);
  return await measureAlike({
    name: peer.name,
    version,
    program,
    dockerHost: manager.dockerHost,
    folder,
    minutes,
    kind: ["swarm-cronjob", "--project", STACK],
    file: "stack.yml",
    image: "busybox:latest",
    define: stackDefinitions,
    prepare: async (file) => {
      await manager.docker("stack", "deploy", "--resolve-image", "never", "--compose-file", file, STACK);
      return { path, args: [], env: { TZ: ZONE, DOCKER_HOST: manager.dockerHost }, ready: /Add cronjob/ };
    },
  });
}
