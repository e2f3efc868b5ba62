// @module-tag full
import { expect, inject, it } from "vitest";
import { openSwarm } from "../lab/swarm.ts";
import { describePolicies, playPolicy } from "./policies.ts";
import { SwarmStage } from "./swarm-stage.ts";

const swarm = openSwarm(inject("swarm"));

const makeStage = (job: string) => SwarmStage.on(job, swarm);

describePolicies("with services", makeStage);

it.concurrent("pending_timeout: what no node can take is rejected, tried again, and never runs", () =>
  playPolicy(
    makeStage,
    "pending",
    {
      due: [-1000],
      deploy: { placement: { constraints: ["node.labels.moon == full"] } },
      policies: { pending_timeout: "2s", retries: { limit: 1, delay: "1s" } },
    },
    async (stage, scheduler) => {
      const finished = await scheduler.until("run-finished");
      expect(finished).toMatchObject({ outcome: "rejected", reason: "pending-timeout", attempt: 2 });
      expect(finished.detail).toMatch(/^no suitable node/);
      expect(await stage.witness.executions()).toEqual([]);
      await stage.until("nothing is left", async () => (await stage.objects()).length === 0);
    },
  ));
