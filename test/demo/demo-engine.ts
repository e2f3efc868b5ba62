import { type EngineClient, engineAt } from "../lab/engine-client.ts";
import { ensureImages } from "../lab/images.ts";
import { labDown } from "../lab/lab-down.ts";
import { detachedEngine } from "../lab/lab-up.ts";
import { needRoot } from "../lab/machine/packages.ts";

/** Of the private engine, where one had to be started. */
const NAME = "demo";
const IMAGE = "busybox:latest";

export interface DemoEngine {
  readonly client: EngineClient;
  readonly isPrivate: boolean;
  readonly summary: string;
  takeDown(): Promise<void>;
}

/** The user's engine where one answers, else a private one; with the image that the jobs need. */
export async function findEngine(): Promise<DemoEngine> {
  const users = await usersEngine();
  if (users !== undefined) return users;
  needRoot();
  const client = await detachedEngine(NAME);
  const takeDown = () => labDown(NAME);
  try {
    await ensureImages(client, [IMAGE]);
    return {
      client,
      isPrivate: true,
      summary: `${await describe(client)}, private, at ${client.dockerHost}`,
      takeDown,
    };
  } catch (error) {
    await takeDown();
    throw error;
  }
}

/** An image that was not there before is taken away again; nothing else of the user's engine is touched. */
async function usersEngine(): Promise<DemoEngine | undefined> {
  const client = engineAt(process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock");
  const version = await describe(client).catch((error: unknown) => {
    if (process.env.DOCKER_HOST)
      throw new Error(`the engine of DOCKER_HOST (${client.dockerHost}) does not answer`, { cause: error });
    return undefined;
  });
  if (version === undefined) return undefined;
  const hadImage = (await client.docker("image", "ls", "--quiet", IMAGE)) !== "";
  if (!hadImage) await client.docker("pull", IMAGE);
  const takeDown = async () => {
    if (!hadImage) await client.docker("image", "rm", IMAGE);
  };
  return { client, isPrivate: false, summary: `${version}, yours, at ${client.dockerHost}`, takeDown };
}

async function describe(client: EngineClient): Promise<string> {
  return `Docker ${await client.docker("version", "--format", "{{.Server.Version}}")}`;
}
