import { systemClock } from "../clock.ts";
import type { Docker } from "../engines/docker/connect.ts";
import type { Settings } from "../settings/settings.ts";
import { type Args, type Command, withSettings } from "./command.ts";
import { type PurgeParts, purge } from "../operate/purge.ts";
import { hasLedger, remainsOfContainers, remainsOfDeclarations, remainsOfSwarm } from "../operate/remains.ts";
import { ask } from "./terminal/ask.ts";
import { exitCodes, type Terminal } from "./terminal/terminal.ts";

/** The end of an instance. Its schedulers are stopped before: one that runs would make its records anew. */
export const purgeCommand: Command = {
  usage: "purge",
  describe: "Removal of all that an instance has left",
  options: { yes: { type: "boolean", describe: "No question before it" } },
  run: (args, terminal) => withSettings(args, terminal, (settings) => purgeInstance(args, settings, terminal)),
};

async function purgeInstance(args: Args, settings: Settings, terminal: Terminal): Promise<number> {
  const { connectDocker } = await import("../engines/docker/connect.ts");
  const { chooseEngine } = await import("../engines/kinds.ts");
  const docker = connectDocker(settings.dockerHost);
  const { input } = terminal;
  const parts = {
    instance: settings.instance,
    isAgreed: args.yes === true,
    ...(input && { ask: (question: string) => ask(question, input, terminal) }),
    terminal,
  };
  return (await chooseEngine(docker, settings.engine)) === "swarm"
    ? await purgeSwarm(docker, parts)
    : await purgeContainers(docker, settings.stateDir, parts);
}

type Asked = Omit<PurgeParts, "where" | "remains">;

async function purgeSwarm(docker: Docker, parts: Asked): Promise<number> {
  const { DockerEvents } = await import("../engines/docker/docker-events.ts");
  const { keptRemains } = await import("../engines/swarm/kept-remains.ts");
  const { SwarmEngine } = await import("../engines/swarm/swarm-engine.ts");
  const { ledgerConfigs } = await import("../engines/swarm/ledger/config-ledger-remains.ts");
  const events = new DockerEvents(docker, systemClock);
  const engine = new SwarmEngine({ docker, events, instance: parts.instance, clock: systemClock });
  const remains = [
    ...(await remainsOfSwarm(engine, ledgerConfigs(docker, parts.instance))),
    ...(await remainsOfDeclarations(keptRemains({ docker, instance: parts.instance, clock: systemClock }), true)),
  ];
  return await purge({ ...parts, where: `the Swarm of ${docker.host}`, remains });
}

/** Under the lock of the state directory: while a scheduler has it, nothing is removed. */
async function purgeContainers(docker: Docker, stateDir: string, parts: Asked): Promise<number> {
  const { DockerEvents } = await import("../engines/docker/docker-events.ts");
  const { keptRemains } = await import("../engines/swarm/kept-remains.ts");
  const { ContainerEngine } = await import("../engines/containers/container-engine.ts");
  const { tryLock } = await import("../ledger/sqlite/instance-lock.ts");
  const isUsed = hasLedger(stateDir);
  // Taking the lock makes its file: not where there was nothing.
  const lock = isUsed ? tryLock(stateDir, systemClock.now()) : undefined;
  if (isUsed && lock === undefined) {
    parts.terminal.err(`shipbell: a scheduler has the lock of ${stateDir}; stop it first`);
    return exitCodes.problem;
  }
  try {
    const events = new DockerEvents(docker, systemClock);
    const engine = new ContainerEngine({ docker, events, clock: systemClock, instance: parts.instance });
    const remains = [
      ...(await remainsOfContainers(engine, stateDir)),
      ...(await remainsOfDeclarations(keptRemains({ docker, instance: parts.instance, clock: systemClock }), false)),
    ];
    return await purge({ ...parts, where: `${docker.host} and ${stateDir}`, remains });
  } finally {
    lock?.release();
  }
}
