import { detach } from "../lab/detached.ts";
import { labDown } from "../lab/lab-down.ts";
import { needRoot } from "../lab/machine/packages.ts";
import { ensureShipbellImage, SHIPBELL_IMAGE } from "../lab/shipbell-image.ts";
import { type LabSwarm, startSwarm } from "../lab/swarm.ts";
import { type DemoSwarm, JOB_IMAGE } from "./demo-swarm.ts";
import { DEMO_STACK_FILE, STACK_FILE } from "./stacks.ts";
import { waysToLook } from "./ways-to-look.ts";

const NAME = "demo";

/**
 * A Swarm of the lab: one manager, and workers. It lives for this process until it is kept, so whatever ends this leaves
 * nothing that the lab does not take down. One that an earlier demo kept is taken down first.
 */
export async function startPrivateSwarm(hosts: number): Promise<DemoSwarm> {
  needRoot();
  await endPrivateSwarm();
  const swarm = await startSwarm({ name: NAME, managers: 1, workers: hosts - 1, images: [JOB_IMAGE] });
  const [manager] = swarm.managers;
  if (manager === undefined) throw new Error("a Swarm without a manager");
  const place: DemoSwarm = {
    summary: `private: ${await describe(swarm)}`,
    manager,
    address: manager.address,
    stack: "shipbell",
    shop: "shop",
    files: [STACK_FILE, DEMO_STACK_FILE],
    variables: { SHIPBELL_IMAGE, VERSION: "1", SHIPBELL_TIMEZONE: "UTC" },
    prepareImages: () => prepareImages(swarm),
    keep: async () => {
      await detach(swarm.record);
      return `${await waysToLook(place)}\nTo end it:\n  npm run demo -- --down`;
    },
    takeDown: swarm.takeDown,
  };
  return place;
}

/** Takes down what an earlier demo left up. */
export const endPrivateSwarm = (): Promise<void> => labDown(NAME);

async function prepareImages({ managers }: LabSwarm) {
  await ensureShipbellImage(managers);
  return { summary: `${SHIPBELL_IMAGE}, built from this checkout; ${JOB_IMAGE} for the jobs` };
}

async function describe({ hosts }: LabSwarm): Promise<string> {
  const version = await hosts[0]?.docker("version", "--format", "{{.Server.Version}}");
  const names = hosts.map(({ name, isManager }) => `${name} (${isManager ? "manager" : "worker"})`);
  return `${names.join(", ")}; Docker ${version}`;
}
