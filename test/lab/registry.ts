import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { engineFiles } from "./engine-files.ts";
import { type LabRecord, shortId, writeRecord, writeWhole } from "./lab-folder.ts";
import { launch, untilAnswering } from "./machine/launch.ts";
import { withLock } from "./machine/lock.ts";
import { thisProcess } from "./machine/owner.ts";
import { needCommands } from "./machine/packages.ts";
import { runCommand } from "./machine/run-command.ts";
import { takeDown, takeDownLeftovers } from "./take-down.ts";

/** The one user whom a registry knows. */
export type RegistryLogin = { user: string; password: string };

export type LabRegistry = Awaited<ReturnType<typeof startRegistry>>;

/**
 * Starts an empty image registry of this process on a free port, and waits until it answers. Engines of this machine may
 * use it without TLS at 127.0.0.1, and the hosts of a Swarm if `listenOn` is the gateway's address.
 * Rejects with the end of its log when it does not start.
 */
export async function startRegistry(login: RegistryLogin, listenOn = "127.0.0.1") {
  await needCommands(["docker-registry", "perl"]);
  const record = await withLock("up", prepare);
  const down = () => withLock("up", () => takeDown(record));
  try {
    await writeLogin(record, login);
    const address = await run(record, listenOn);
    return {
      /** Such as `127.0.0.1:PORT`: what the names of its images begin with. */
      address,
      /** From the next request on it knows this login, and no other. */
      setLogin: (login: RegistryLogin) => writeLogin(record, login),
      takeDown: down,
      [Symbol.asyncDispose]: down,
    };
  } catch (error) {
    await down();
    throw error;
  }
}

/** What `docker login` writes into config.json. */
export function dockerConfig(address: string, { user, password }: RegistryLogin): string {
  const auth = Buffer.from(`${user}:${password}`).toString("base64");
  return JSON.stringify({ auths: { [address]: { auth } } });
}

async function prepare(): Promise<LabRecord> {
  await takeDownLeftovers();
  const record: LabRecord = { id: shortId(), name: `registry-${shortId()}`, kind: "registry", owner: thisProcess() };
  await writeRecord(record);
  return record;
}

/** The registry reads the file again when its time of change is another. */
async function writeLogin(record: LabRecord, { user, password }: RegistryLogin): Promise<void> {
  await writeWhole(loginsFile(record), `${user}:${await bcrypt(password)}\n`);
}

/** Bcrypt, the one hash that the registry takes, is in the system's crypt(3), which Perl gives us. */
function bcrypt(password: string): Promise<string> {
  const salt = `$2y$05$${randomBytes(11).toString("hex")}`;
  return runCommand("perl", ["-e", "print crypt(<STDIN>, $ARGV[0])", salt], { input: password });
}

const loginsFile = (record: LabRecord) => join(engineFiles(record).folder, "htpasswd");

async function run(record: LabRecord, listenOn: string): Promise<string> {
  const { folder, mark } = engineFiles(record);
  const config = join(folder, "config.json");
  const log = join(folder, "registry.log");
  await writeFile(config, JSON.stringify(registryConfig(record, listenOn)));
  const server = launch({ command: "docker-registry", args: ["serve", config], folder, mark, log });
  await untilAnswering(server, log, async () => isAnswering(await addressIn(log)));
  return String(await addressIn(log));
}

/** JSON is YAML, too. */
function registryConfig(record: LabRecord, listenOn: string) {
  return {
    version: "0.1",
    log: { level: "info" },
    storage: { filesystem: { rootdirectory: join(engineFiles(record).folder, "data") } },
    http: { addr: `${listenOn}:0` },
    auth: { htpasswd: { realm: "lab", path: loginsFile(record) } },
  };
}

/** The port is chosen by the kernel and said in the log only. */
async function addressIn(log: string): Promise<string | undefined> {
  return /msg="listening on ([\d.]+:\d+)"/.exec(await readFile(log, "utf8"))?.[1];
}

/** Who does not log in is refused: that, too, is an answer. */
async function isAnswering(address: string | undefined): Promise<boolean> {
  if (address === undefined) return false;
  const answer = await fetch(`http://${address}/v2/`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.status === 401;
}
