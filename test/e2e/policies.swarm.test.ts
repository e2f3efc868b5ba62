import { inject, vi } from "vitest";
import { openSwarm } from "../lab/swarm.ts";
import { describePolicies } from "./policies.ts";
import { SwarmStage } from "./swarm-stage.ts";

vi.setConfig({ testTimeout: 120_000 });

const swarm = openSwarm(inject("swarm"));

describePolicies("with services", (job) => SwarmStage.on(job, swarm));
