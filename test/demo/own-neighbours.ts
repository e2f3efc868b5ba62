import type { EngineClient } from "../lab/engine-client.ts";

interface Entry {
  readonly Spec: { readonly Name: string; readonly Labels: Readonly<Record<string, string>> };
}

/**
 * Rejects where the demo would not stay by itself: its scheduler would run the jobs of labelled services that are there
 * already, and a scheduler that is there already would run the demo's.
 */
export async function refuseNeighbours(manager: EngineClient): Promise<void> {
  for (const kind of ["config", "service"]) {
    const ids = (await manager.docker(kind, "ls", "--quiet")).split("\n").filter(Boolean);
    if (ids.length === 0) continue;
    const entries: Entry[] = JSON.parse(await manager.docker(kind, "inspect", ...ids));
    const found = entries.find(({ Spec }) => Object.keys(Spec.Labels).some((key) => key.startsWith("shipbell.")));
    if (found)
      throw new Error(
        `this Swarm uses shipbell already: the ${kind} ${found.Spec.Name} has labels of it, and two schedulers would run each other's labelled jobs. Without --here, the demo starts a Swarm of its own.`,
      );
  }
}
