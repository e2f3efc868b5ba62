import { inject, vi } from "vitest";
import { describePolicies } from "./policies.ts";
import { Stage } from "./stage.ts";

vi.setConfig({ testTimeout: 120_000 });

describePolicies("with containers", (job) => Stage.set(job, inject("dockerHost")));
