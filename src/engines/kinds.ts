import type { Docker } from "./docker/connect.ts";

/** What jobs run as: containers of one engine, or services of the Swarm that it manages. */
export type EngineKind = "container" | "swarm";

/**
 * What `--engine` comes to with this engine. Asks it, unless containers were asked for.
 *
 * @throws EngineError when it does not answer, or does not say; an Error when it cannot be what was
 * asked for.
 */
export async function chooseEngine(docker: Docker, setting: EngineKind | "auto"): Promise<EngineKind> {
  if (setting === "container") return "container";
  const { swarm } = await docker.info();
  if (swarm.controlAvailable) return "swarm";
  if (setting === "swarm") throw new Error(`--engine swarm: ${docker.host} ${notManager(swarm.state)}`);
  if (swarm.state === "inactive") return "container";
  throw new Error(
    `${docker.host} ${notManager(swarm.state)}; to run jobs as containers of this one engine, say --engine container`,
  );
}

function notManager(state: string): string {
  if (state === "inactive") return "is not part of a Swarm: docker swarm init makes it a manager of one";
  if (state === "locked") return "is a manager of a locked Swarm: docker swarm unlock opens it";
  return (
    `is a node of a Swarm, but not a manager (its state: ${state}), and only managers can start services: ` +
    "deploy shipbell on one, with the placement constraint node.role == manager"
  );
}
