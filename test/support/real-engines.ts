import { containerKind } from "../../src/engines/containers/kind.ts";
import { containerHost } from "../../src/engines/containers/parts.ts";
import type { Engine } from "../../src/engines/engine.ts";
import type { EngineParts } from "../../src/engines/kind.ts";
import { routeEngine } from "../../src/engines/route.ts";
import { swarmKind } from "../../src/engines/swarm/kind.ts";
import { swarmHost } from "../../src/engines/swarm/parts.ts";

/** A Docker Engine as the scheduler sees it, without its ledger. */
export function containerEngine(parts: EngineParts): Engine {
  return routeEngine(containerKind, containerHost(parts), parts);
}

/** A Swarm as the scheduler sees it, without its ledger. */
export function swarmEngine(parts: EngineParts): Engine {
  return routeEngine(swarmKind, swarmHost(parts), parts);
}
