import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { Engine } from "../../src/engines/engine.ts";
import type { Usage } from "../../src/ledger/record.ts";
import { eventually } from "../e2e/eventually.ts";
import { testEngine } from "../lab/test-engine.ts";
import { aTemplate } from "../support/a-job.ts";
import { type ContainerHost, containerHost } from "./engine/container-host.ts";
import { anOrder, mustStart } from "./engine/harness.ts";

const MIB = 1_048_576;
const { signal } = new AbortController();

/** The first reading that is so, of a container that runs this script. */
async function readUntil(script: string, isSo: (usage: Usage, engine: Engine) => boolean): Promise<Usage> {
  const host: ContainerHost = containerHost(testEngine(), randomUUID().slice(0, 8));
  try {
    const template = aTemplate({ command: ["sh", "-c", script], networks: ["none"] });
    const id = await mustStart(host.engine, { ...anOrder(host, { does: "wait" }), template });
    return await eventually("a reading", async () => {
      const usage = await host.engine.usage(id, signal);
      return usage && isSo(usage, host.engine) ? usage : undefined;
    });
  } finally {
    await host.close();
  }
}

it("a process that keeps a processor busy with a hundred megabytes is seen to use them, and not more", async () => {
  const startedAt = Date.now();
  const usage = await readUntil("exec dd if=/dev/zero of=/dev/null bs=100M", ({ cpuMs = 0 }) => cpuMs >= 2000);
  // It has one thread. What starts it has several, for some hundredths of a second.
  expect(usage.cpuMs).toBeLessThan(Date.now() - startedAt + 500);
  expect(usage.peakMemoryBytes).toBeGreaterThan(100 * MIB);
  expect(usage.peakMemoryBytes).toBeLessThan(130 * MIB);
});

it("a file that the kernel has cached is no memory that a process uses", async () => {
  const script = "dd if=/dev/zero of=/file bs=1M count=200; while :; do :; done";
  const usage = await readUntil(script, ({ cpuMs = 0 }) => cpuMs >= 1500);
  expect(usage.peakMemoryBytes).toBeLessThan(50 * MIB);
});
