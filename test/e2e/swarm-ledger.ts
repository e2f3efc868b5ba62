import { systemClock } from "../../src/clock.ts";
import { connectDocker } from "../../src/engines/docker/connect.ts";
import { DockerEvents } from "../../src/engines/docker/docker-events.ts";
import { openConfigLedger } from "../../src/engines/swarm/ledger/ledger.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import type { EngineClient } from "../lab/engine-client.ts";

/** The ledger of an instance, through this manager. */
export function openLedgerOn({ dockerHost }: EngineClient, instance: string): Ledger {
  const docker = connectDocker({ host: dockerHost });
  return openConfigLedger({ docker, events: new DockerEvents(docker, systemClock), instance, clock: systemClock });
}
