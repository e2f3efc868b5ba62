import { randomUUID } from "node:crypto";
import { testEngine } from "../lab/test-engine.ts";
import { containerHost } from "./engine/container-host.ts";
import { describeEngine } from "./engine.contract.ts";

describeEngine("containers of a Docker Engine", async () => containerHost(testEngine(), randomUUID().slice(0, 8)));
