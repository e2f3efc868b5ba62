import type { EngineClient } from "../../lab/engine-client.ts";
import { ensureImages } from "../../lab/images.ts";
import type { Figure } from "../figure.ts";
import { measureAlike } from "./alike.ts";
import { type OfeliaDialect, ofeliaDefinitions, ZONE } from "./definitions.ts";
import type { PeerSettings } from "./measure-peer.ts";
import { findPeer, PEERS } from "./programs.ts";

/** It has users, and a shell that is not busybox's. */
const IMAGE = "debian:bookworm-slim";

/** One of the Ofelias, or Chadburn, next to shipbell with the same jobs. */
export async function measureOfelia(
  engine: EngineClient,
  dialect: OfeliaDialect,
  { peers, program, folder, minutes }: PeerSettings,
): Promise<Figure[]> {
  const peer = PEERS[dialect];
  const { path, version } = await findPeer(peer, { peers, folder });
  await ensureImages(engine, [IMAGE]);
  return await measureAlike({
    name: peer.name,
    version,
    program,
    dockerHost: engine.dockerHost,
    folder,
    minutes,
    kind: dialect === "chadburn" ? ["chadburn"] : ["ofelia", "--flavour", dialect],
    file: "config.ini",
    image: IMAGE,
    define: (around) => ofeliaDefinitions(around, dialect),
    prepare: async (file, witness) => {
      await engine.docker("network", "create", "peers-net");
      const target = ["--name", "peers-target", "--user", "1", "--workdir", "/srv", "--env", "FROM=target"];
      const volume = `${witness}:/witness`;
      await engine.docker("run", "--detach", "--init", ...target, "--volume", volume, IMAGE, "sleep", "infinity");
      return {
        path,
        args: ["daemon", `--config=${file}`],
        env: { TZ: ZONE, DOCKER_HOST: engine.dockerHost },
        ready: /New job registered|scheduler started|Starting scheduler/i,
      };
    },
  });
}
