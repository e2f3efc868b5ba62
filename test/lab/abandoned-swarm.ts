/** A program for the tests: starts a Swarm in which all kinds of things run, says so, and waits to be killed. */
import { startSwarm } from "./swarm.ts";

const swarm = await startSwarm({ managers: 1, workers: 1, images: ["busybox:latest"] });
for (const host of swarm.hosts) {
  await host.docker("network", "create", "inside");
  await host.docker("run", "--detach", "--network", "inside", "--publish", "80", "busybox", "sleep", "600");
}
process.send?.(swarm.record);
process.once("disconnect", () => {}); // to be listening for that keeps this process alive until its starter is gone
