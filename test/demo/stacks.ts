import type { DemoSwarm } from "./demo-swarm.ts";
import { dockerHere } from "./docker-command.ts";
import { say } from "./narration.ts";

/** All paths are those from the checkout's folder. */
export const STACK_FILE = "stack.yml";
/** Goes on top of it: jobs that run more often than those that users deploy first. */
export const DEMO_STACK_FILE = "test/demo/demo-stack.yml";
export const INVENTORY_FILE = "test/demo/inventory-stack.yml";

/** The scheduler's stack, and that with the labelled service, each as a user deploys it. */
export async function deployStacks(swarm: DemoSwarm): Promise<{ readonly summary: string }> {
  const { manager, files, stack, shop, variables } = swarm;
  for (const command of [deployCommand(files, stack), deployCommand([INVENTORY_FILE], shop)]) {
    say(`  $ docker ${command.join(" ")}`);
    await dockerHere(manager, command, variables);
  }
  return { summary: "deployed" };
}

/** Images are taken as they are on the hosts: what was built here is in no registry that could be asked for a digest. */
export function deployCommand(files: readonly string[], stack: string): string[] {
  return ["stack", "deploy", "--resolve-image", "never", ...files.flatMap((file) => ["-c", file]), stack];
}
