import { inject } from "vitest";
import { describePolicies } from "./policies.ts";
import { Stage } from "./stage.ts";

describePolicies("with containers", (job) => Stage.set(job, inject("dockerHost")));
