import { parseArgs } from "node:util";
import { labDown } from "./lab-down.ts";
import { labStatus } from "./lab-status.ts";
import { labUp } from "./lab-up.ts";
import { needRoot } from "./machine/packages.ts";

const usage = `usage: npm run lab -- up [--name NAME] [IMAGE…]   start an engine that stays, and print its DOCKER_HOST
       npm run lab -- down [--name NAME] [--all]  end it; --all: all that "up" started, and the image cache
       npm run lab -- status                      what is up
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { name: { type: "string", default: "dev" }, all: { type: "boolean", default: false } },
});
const [command, ...images] = positionals;

try {
  needRoot();
  if (command === "up") await labUp(values.name, images);
  else if (command === "down") await labDown(values.all ? undefined : values.name);
  else if (command === "status") await labStatus();
  else throw new Error(usage);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
