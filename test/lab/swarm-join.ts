import type { SwarmHost } from "./swarm-host.ts";

/** Of the dispatcher, 5 s by default: a node that says nothing for three times as long is down. Tests wait for that. */
const heartbeat = "2s";

/** Makes one Swarm of hosts that are in none: the first leads. Rejects with Docker's own words. */
export async function joinHosts(hosts: readonly SwarmHost[]): Promise<void> {
  const [first, ...others] = hosts;
  if (!first) return;
  await first.docker("swarm", "init", "--advertise-addr", first.address, "--dispatcher-heartbeat", heartbeat);
  const [manager, worker] = await Promise.all([tokenOf(first, "manager"), tokenOf(first, "worker")]);
  const joinOne = ({ docker, address, isManager }: SwarmHost) =>
    docker("swarm", "join", "--advertise-addr", address, "--token", isManager ? manager : worker, first.address);
  await Promise.all(others.map(joinOne));
}

const tokenOf = (host: SwarmHost, role: "manager" | "worker") => host.docker("swarm", "join-token", "--quiet", role);
