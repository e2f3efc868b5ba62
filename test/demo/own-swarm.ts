import { type EngineClient, engineAt } from "../lab/engine-client.ts";
import { type DemoSwarm, JOB_IMAGE } from "./demo-swarm.ts";
import { addImages, BUILT, IMAGE, removeImages } from "./own-images.ts";
import { refuseNeighbours } from "./own-neighbours.ts";
import { INSTANCE, removeStacks } from "./own-remains.ts";
import { DEMO_STACK_FILE, STACK_FILE } from "./stacks.ts";
import { waysToLook } from "./ways-to-look.ts";

const USUAL_SOCKET = "/var/run/docker.sock";

/** The user's Swarm: all that the demo makes there has a name of its own, and is taken away again; nothing else is touched. */
export async function findOwnSwarm(): Promise<DemoSwarm> {
  const manager = ownEngine();
  const node = await findNode(manager);
  await removeStacks(manager); // of an earlier demo
  await refuseNeighbours(manager);
  let images: readonly string[] = [];
  const place: DemoSwarm = {
    summary: `yours, at ${manager.dockerHost}: manager ${node.name}`,
    manager,
    address: addressOf(manager),
    stack: INSTANCE,
    shop: `${INSTANCE}-shop`,
    files: [STACK_FILE, DEMO_STACK_FILE, "test/demo/own-swarm.yml"],
    variables: { SHIPBELL_IMAGE: IMAGE, SHIPBELL_TIMEZONE: "UTC", NODE: node.id, DOCKER_SOCKET: socketOf(manager) },
    prepareImages: async () => {
      images = await addImages(manager);
      return { summary: `${IMAGE}, built from this checkout; ${JOB_IMAGE} for the jobs` };
    },
    keep: async () => `${await waysToLook(place)}\nTo end it:\n  npm run demo -- --here --down`,
    takeDown: async () => {
      await removeStacks(manager);
      await removeImages(manager, images);
    },
  };
  return place;
}

/** Takes down what an earlier demo left up. Images that it pulled are not known to be its own any more: they stay. */
export async function endOwnSwarm(): Promise<void> {
  const manager = ownEngine();
  await findNode(manager);
  await removeStacks(manager);
  await removeImages(manager, BUILT);
}

const ownEngine = () => engineAt(process.env.DOCKER_HOST || `unix://${USUAL_SOCKET}`);

/** The path of the engine's socket on its own machine: not the usual one where it runs without root, for example. */
function socketOf({ dockerHost }: EngineClient): string {
  return dockerHost.startsWith("unix://") ? dockerHost.slice("unix://".length) : USUAL_SOCKET;
}

/** Where its published ports are: on this machine, unless the engine is on another one. */
function addressOf({ dockerHost }: EngineClient): string {
  return URL.parse(dockerHost)?.hostname || "127.0.0.1";
}

/** Rejects with a sentence for what is no manager of a Swarm. */
async function findNode(manager: EngineClient): Promise<{ readonly id: string; readonly name: string }> {
  const { dockerHost } = manager;
  await manager.docker("version").catch((cause) => {
    throw new Error(`no Docker Engine answers at ${dockerHost}.`, { cause });
  });
  const format = "{{.ID}} {{.Description.Hostname}}";
  const self = await manager.docker("node", "inspect", "self", "--format", format).catch((cause) => {
    throw new Error(
      `the engine at ${dockerHost} is no manager of a Swarm: "docker swarm init" makes it one. Without --here, the demo starts a Swarm of its own.`,
      { cause },
    );
  });
  const [id = "", name = ""] = self.split(" ");
  return { id, name };
}
