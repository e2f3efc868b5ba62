import { readScript, refuse } from "../support/script-options.ts";
import { labDown } from "./lab-down.ts";
import { labStatus } from "./lab-status.ts";
import { labUp } from "./lab-up.ts";
import { labUpSwarm } from "./lab-up-swarm.ts";
import { needRoot } from "./machine/packages.ts";
import { readSize } from "./swarm-record.ts";

const usage = `usage: npm run lab -- up [--name NAME] [IMAGE…]   start an engine that stays, and print its DOCKER_HOST
       npm run lab -- up --managers 3 --workers 2 [--name NAME] [IMAGE…]
                                                  start a Swarm that stays: that many hosts, each with an engine
       npm run lab -- down [--name NAME] [--all]  end it; --all: all that "up" started, and the image cache
       npm run lab -- status                      what is up
`;

const use = {
  usage,
  options: {
    name: { type: "string", default: "dev" },
    all: { type: "boolean", default: false },
    managers: { type: "string" },
    workers: { type: "string" },
  },
} as const;
const { values, positionals } = readScript(use);
const [command, ...images] = positionals;
if (command === undefined) refuse("which of up, down, status?", use);
if (!["up", "down", "status"].includes(command)) refuse(`${command}: there is no such command`, use);

try {
  needRoot();
  const { name, managers, workers } = values;
  if (command === "up" && (managers ?? workers))
    await labUpSwarm({ name, ...readSize(managers ?? "1", workers ?? "0") }, images);
  else if (command === "up") await labUp(name, images);
  else if (command === "down") await labDown(values.all ? undefined : name);
  else await labStatus();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
