import type { IncomingHttpHeaders } from "node:http";
import type { EngineVersion } from "../engine.ts";

/** Who has made what speaks Docker's API at the other end. */
export type Maker = "Docker Engine" | "Podman";

/** What the headers of its answer to `GET /_ping` say. What names no other maker is taken for Docker's. */
export function readMaker({ server, "libpod-api-version": libpod }: IncomingHttpHeaders): Maker {
  return libpod !== undefined || String(server ?? "").startsWith("Libpod/") ? "Podman" : "Docker Engine";
}

/** What people read about it, measured by `npm run test:engines` (docs/engines.md): nothing of Docker's, where all holds. */
export function caveatOf(maker: Maker): Pick<EngineVersion, "maker" | "caveat"> {
  return maker === "Podman" ? { maker, caveat: PODMAN } : {};
}

const PODMAN =
  "not all that is promised holds there: launch: exec is refused, jobs in labels may not run, missing sources of bind mounts are " +
  "created, and a command that cannot be started is seen as failed, or late (docs/engines.md)";
