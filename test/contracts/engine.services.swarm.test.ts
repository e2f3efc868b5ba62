import { randomUUID } from "node:crypto";
import { inject } from "vitest";
import { openSwarm } from "../lab/swarm.ts";
import { swarmHost } from "./engine/swarm-host.ts";
import { describeEngine } from "./engine.contract.ts";

const swarm = openSwarm(inject("swarm"));

describeEngine("services of a Swarm", async () =>
  swarmHost((await swarm.leader()).dockerHost, randomUUID().slice(0, 8)),
);
