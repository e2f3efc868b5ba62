import { testEngine } from "../lab/test-engine.ts";
import { describePolicies } from "./policies.ts";
import { Stage } from "./stage.ts";

describePolicies("with containers", (job) => Stage.set(job, testEngine()));
