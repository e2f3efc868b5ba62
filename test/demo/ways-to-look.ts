import type { DemoSwarm } from "./demo-swarm.ts";
import { metricsCommand, pageAddress, schedulerService } from "./scheduler-task.ts";
import { deployCommand, INVENTORY_FILE } from "./stacks.ts";

/** What somebody may type who has kept the demo. */
export async function waysToLook(swarm: DemoSwarm): Promise<string> {
  const { manager, shop } = swarm;
  const scheduler = `$(docker ps --quiet --filter name=${schedulerService(swarm)})`;
  return `
Left up:
  page         ${await pageAddress(swarm)}
  engine       export DOCKER_HOST=${manager.dockerHost}
  services     docker service ls
  log          docker service logs --follow --raw ${schedulerService(swarm)}
  jobs         docker exec ${scheduler} shipbell ls
  start one    docker exec ${scheduler} shipbell run hello --wait
  metrics      docker ${metricsCommand(swarm).join(" ")}
  labels       edit ${INVENTORY_FILE}, then docker ${deployCommand([INVENTORY_FILE], shop).join(" ")}`;
}
