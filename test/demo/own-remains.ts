import type { EngineClient } from "../lab/engine-client.ts";
import { until } from "../lab/machine/until.ts";

/** Everything that the demo makes on a user's Swarm belongs to this instance, or to a stack whose name begins so. */
export const INSTANCE = "shipbell-demo";

const LONGEST_MS = 60_000;

/** Removes what a demo made, in whatever state it was left; resolves when it is gone. */
export async function removeStacks(manager: EngineClient): Promise<void> {
  const stacks = [`${INSTANCE}-shop`, INSTANCE];
  await manager.docker("stack", "rm", ...stacks);
  // First the scheduler has to be gone: it would write records and start runs again.
  for (const stack of stacks)
    for (const list of [
      ["ps", "--all"],
      ["network", "ls"],
    ])
      await gone(manager, [...list, "--filter", `label=com.docker.stack.namespace=${stack}`]);
  for (const kind of ["service", "config"]) {
    const ids = await idsOf(manager, [kind, "ls", "--filter", `label=shipbell.instance=${INSTANCE}`]);
    if (ids.length > 0) await manager.docker(kind, "rm", ...ids);
  }
}

async function gone(manager: EngineClient, list: readonly string[]): Promise<void> {
  const isGone = async () => (await idsOf(manager, list)).length === 0;
  await until(isGone, AbortSignal.timeout(LONGEST_MS), 250).catch((cause) => {
    throw new Error(`after a minute there is still something in: docker ${list.join(" ")}`, { cause });
  });
}

async function idsOf(manager: EngineClient, list: readonly string[]): Promise<string[]> {
  return (await manager.docker(...list, "--quiet")).split("\n").filter(Boolean);
}
