import type { EngineKind } from "../kind.ts";

/** Jobs run as services of a Swarm, whose manager the engine is. */
export const swarmKind = {
  name: "swarm",
  // An ended service still holds addresses, secrets, configs and networks, so it is not kept. Each node pulls what it
  // runs. A node may not hear that a service is gone.
  abilities: { objectKind: "service", keepsEnded: false, pulls: false, mayOutliveRemoval: true },
  words: {
    objects: "services",
    runsJobsAs: "services of its Swarm",
    engine: "a manager of a Swarm",
    where: "on a Swarm",
  },
  // More starts at once only make a Swarm slower.
  defaults: { sources: ["files", "services"], startsAtOnce: 4 },
  labelSource: "services",
  isTakenOnTrust: false,
  mismatch: ({ controlAvailable, state }) => (controlAvailable ? undefined : notManager(state)),
  load: async () => (await import("./parts.ts")).swarmParts,
} as const satisfies EngineKind;

function notManager(state: string): string {
  if (state === "inactive") return "is not part of a Swarm: docker swarm init makes it a manager of one";
  if (state === "locked") return "is a manager of a locked Swarm: docker swarm unlock opens it";
  return (
    `is a node of a Swarm, but not a manager (its state: ${state}), and only managers can start services: ` +
    "deploy shipbell on one, with the placement constraint node.role == manager"
  );
}
