import { type ChildProcess, spawn } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Ledger } from "../../src/ledger/ledger.ts";
import type { EngineClient } from "../lab/engine-client.ts";
import type { LabSwarm, SwarmHost } from "../lab/swarm.ts";
import { eventually } from "./eventually.ts";
import { SchedulerLog } from "./scheduler-log.ts";
import { TestFolder } from "./scheduler-process.ts";
import { shipbellImage } from "./shipbell-image.ts";
import { openLedgerOn } from "./swarm-ledger.ts";

const ROOT = join(import.meta.dirname, "../..");
const STACK = "shipbell";
const SERVICE = `${STACK}_scheduler`;

/** Where a scheduler runs. */
export interface Place {
  readonly host: SwarmHost;
  readonly container: string;
}

/** Files that are deployed on top of stack.yml, and the variables in them. */
interface OnTop {
  readonly files?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
}

/** shipbell as its users deploy it: our `stack.yml`, with schedules of the test, on a Swarm of the lab. */
export class ShipbellStack implements AsyncDisposable {
  readonly log = new SchedulerLog();
  readonly folder: TestFolder;
  readonly #swarm: LabSwarm;
  readonly #image: string;
  readonly #onTop: OnTop;
  #follower: ChildProcess | undefined;
  #version = 0;

  private constructor(swarm: LabSwarm, folder: TestFolder, { image, onTop }: { image: string; onTop: OnTop }) {
    this.#swarm = swarm;
    this.folder = folder;
    this.#image = image;
    this.#onTop = onTop;
  }

  /** `schedules`: the text of the schedule file. Resolves when the scheduler has its jobs. */
  static async deploy(swarm: LabSwarm, schedules: string, onTop: OnTop = {}): Promise<ShipbellStack> {
    const folder = await TestFolder.make();
    const stack = new ShipbellStack(swarm, folder, { image: await shipbellImage(swarm), onTop });
    await stack.update(schedules);
    stack.#follower = stack.#followLog();
    await stack.log.until("jobs-changed", {}, {});
    return stack;
  }

  /** Deploys it again with other schedules; resolves when Swarm has taken the order. */
  async update(schedules: string): Promise<void> {
    const at = join(this.folder.path, "stack");
    await mkdir(join(at, "schedules"), { recursive: true });
    await cp(join(ROOT, "stack.yml"), join(at, "stack.yml"));
    await writeFile(join(at, "schedules/hello.yml"), schedules);
    this.#version++;
    const { files = [], variables: more } = this.#onTop;
    const variables = { VERSION: String(this.#version), SHIPBELL_IMAGE: this.#image, ...more };
    await deployStack(await this.#swarm.leader(), STACK, [join(at, "stack.yml"), ...files], variables);
  }

  /** Resolves when Swarm has finished the last update, and it was not rolled back. */
  async untilUpdated(): Promise<void> {
    const state = await eventually("the end of the update", () => this.#updateState());
    if (state !== "completed") throw new Error(`the update of ${SERVICE} ended as ${state}`);
  }

  async #updateState(): Promise<string | undefined> {
    const manager = await this.#swarm.leader();
    const { json } = await manager.api<{ UpdateStatus?: { State: string } }>("GET", `/services/${SERVICE}`);
    const state = json.UpdateStatus?.State;
    return state === undefined || state === "updating" ? undefined : state;
  }

  /** The host that it runs on, and its container there. */
  place(): Promise<Place> {
    return eventually("a healthy scheduler", async () => (await this.#places("health=healthy"))[0]);
  }

  /** `docker service scale`; answers, when so many schedulers are healthy and no other is left, with where they are. */
  async scale(replicas: number): Promise<readonly Place[]> {
    await (await this.#swarm.leader()).docker("service", "scale", "--detach", `${SERVICE}=${replicas}`);
    const scaled = async () => {
      const [all, healthy] = await Promise.all([this.#places(), this.#places("health=healthy")]);
      return all.length === replicas && healthy.length === replicas ? healthy : undefined;
    };
    return eventually(`${replicas} schedulers`, scaled);
  }

  async #places(...filters: readonly string[]): Promise<readonly Place[]> {
    const wanted = [`label=com.docker.swarm.service.name=${SERVICE}`, ...filters].flatMap((each) => ["--filter", each]);
    const find = async (host: SwarmHost) => {
      const containers = await host.docker("ps", "--quiet", ...wanted).catch(() => "");
      return containers.split("\n").flatMap((container) => (container === "" ? [] : [{ host, container }]));
    };
    return (await Promise.all(this.#swarm.managers.map(find))).flat();
  }

  /** Its ledger, as any manager has it. */
  async ledger(): Promise<Ledger> {
    return openLedgerOn(await this.#swarm.leader(), "shipbell");
  }

  /** A command of shipbell inside its container. */
  async command(...args: readonly string[]): Promise<string> {
    const { host, container } = await this.place();
    return host.docker("exec", container, "shipbell", ...args);
  }

  /** Removes it, with what its instance has left on the Swarm. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#follower?.kill();
    const manager = await this.#swarm.leader();
    await manager.docker("stack", "rm", STACK);
    for (const what of ["service", "config"]) {
      const ids = await manager.docker(what, "ls", "--quiet", "--filter", "label=shipbell.instance=shipbell");
      // Some of them go by themselves meanwhile, with the stack; what stays is found out below.
      const gone = ids.split("\n").map((id) => id !== "" && manager.docker(what, "rm", id).catch(() => undefined));
      await Promise.all(gone);
    }
    await untilStackIsGone(manager, STACK);
    await this.folder[Symbol.asyncDispose]();
  }

  #followLog(): ChildProcess {
    const [manager] = this.#swarm.managers;
    const args = ["--host", manager?.dockerHost ?? "", "service", "logs", "--raw", "--follow", SERVICE];
    const child = spawn("docker", args, { stdio: ["ignore", "pipe", "ignore"] });
    createInterface({ input: child.stdout }).on("line", (line) => this.log.add(line));
    return child;
  }
}

/** `docker stack deploy`, with these variables for the file. Images are taken as the nodes have them. */
export async function deployStack(
  manager: EngineClient,
  stack: string,
  file: string | readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<void> {
  const env = { ...process.env, ...variables, DOCKER_HOST: manager.dockerHost };
  const files = [file].flat().flatMap((path) => ["--compose-file", path]);
  const child = spawn("docker", ["stack", "deploy", "--resolve-image", "never", ...files, stack], { env });
  const said: string[] = [];
  child.stdout.on("data", (text) => said.push(String(text)));
  child.stderr.on("data", (text) => said.push(String(text)));
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`docker stack deploy ${stack}: ${said.join("")}`);
}

/** Resolves when nothing of the stack is left: services, their containers, networks, secrets, configs. */
export async function untilStackIsGone(manager: EngineClient, stack: string): Promise<void> {
  const filter = ["--quiet", "--filter", `label=com.docker.stack.namespace=${stack}`];
  await eventually(`the end of stack ${stack}`, async () => {
    const left = await Promise.all(
      ["service", "network", "secret", "config"].map((what) => manager.docker(what, "ls", ...filter)),
    );
    return left.every((ids) => ids === "") || undefined;
  });
}
