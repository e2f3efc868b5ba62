import { randomUUID } from "node:crypto";
import { inject } from "vitest";
import { containerHost } from "./engine/container-host.ts";
import { describeEngine } from "./engine.contract.ts";

describeEngine("containers of a Docker Engine", async () =>
  containerHost(inject("dockerHost"), randomUUID().slice(0, 8)),
);
