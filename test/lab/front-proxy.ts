import { readFile, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { engineFiles } from "./engine-files.ts";
import { type LabRecord, shortId, writeRecord } from "./lab-folder.ts";
import { launch, untilAnswering } from "./machine/launch.ts";
import { withLock } from "./machine/lock.ts";
import { thisProcess } from "./machine/owner.ts";
import { needCommands } from "./machine/packages.ts";
import { runCommand } from "./machine/run-command.ts";
import { takeDown, takeDownLeftovers } from "./take-down.ts";

export interface FrontProxy extends AsyncDisposable {
  /** `https://127.0.0.1:PORT`, with a certificate that nobody has signed. */
  readonly url: string;
  takeDown(): Promise<void>;
}

interface FrontProxyOptions {
  readonly program: "haproxy" | "nginx";
  /** Our example of a configuration, by its path. */
  readonly example: string;
  /** What stands behind it, as `127.0.0.1:8494`. nginx gets the first one. */
  readonly schedulers: readonly string[];
  /** HAProxy asks them in turn (the default), or the first one as long as it answers. */
  readonly order?: "in turn" | "first";
  /** Where it listens, on 127.0.0.1: the schedulers know it by their --public-url. */
  readonly port: number;
}

/**
 * Starts Debian's HAProxy or nginx in front of schedulers, as our example says, on 127.0.0.1 and over TLS.
 * Only the places are changed. Rejects with the end of its log when it does not start, e.g. because of its configuration.
 */
export async function startFrontProxy(options: FrontProxyOptions): Promise<FrontProxy> {
  await needCommands([options.program, "openssl"]);
  const text = await readFile(options.example, "utf8");
  const record = await withLock("up", prepare);
  const down = () => withLock("up", () => takeDown(record));
  try {
    return { url: await run(record, text, options), takeDown: down, [Symbol.asyncDispose]: down };
  } catch (error) {
    await down();
    throw error;
  }
}

/** Writes a certificate for this machine and its key into one file, as HAProxy and nginx read it. */
export async function writeCertificate(folder: string, names = "IP:127.0.0.1,DNS:localhost"): Promise<string> {
  const [certificate, key] = [join(folder, "certificate.pem"), join(folder, "key.pem")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const subject = ["-subj", "/CN=shipbell lab", "-addext", `subjectAltName=${names}`];
  await runCommand("openssl", ["req", "-x509", ...kind, ...subject, "-keyout", key, "-out", certificate]);
  await writeFile(certificate, (await readFile(certificate, "utf8")) + (await readFile(key, "utf8")), { mode: 0o600 });
  return certificate;
}

async function prepare(): Promise<LabRecord> {
  await takeDownLeftovers();
  const record: LabRecord = { id: shortId(), name: `front-${shortId()}`, kind: "proxy", owner: thisProcess() };
  await writeRecord(record);
  return record;
}

async function run(record: LabRecord, example: string, options: FrontProxyOptions): Promise<string> {
  const { program, port } = options;
  const { folder, mark } = engineFiles(record);
  const [config, log] = [join(folder, "front.conf"), join(folder, "front.log")];
  const certificate = await writeCertificate(folder);
  const ours = placesOf(options, folder);
  const places: Places = { ...ours, "/run/secrets/certificate.pem": certificate };
  await writeFile(config, Object.entries(places).reduce(replaceAll, example));
  const args = program === "haproxy" ? ["-f", config, "-db"] : ["-c", config, "-g", "daemon off;"];
  const server = launch({ command: program, args, folder, mark, log });
  const url = `https://127.0.0.1:${port}`;
  await untilAnswering(server, log, () => isAnswering(`${url}/cron`));
  return url;
}

type Places = Readonly<Record<string, string>>;

/** What the examples say, and what it is here. */
function placesOf({ program, port, schedulers, order = "in turn" }: FrontProxyOptions, folder: string): Places {
  const [first = ""] = schedulers;
  if (program === "nginx")
    return {
      "listen 8443": `listen 127.0.0.1:${port}`,
      "/tmp/": `${folder}/`,
      "tasks.shipbell_scheduler:8494": first,
    };
  const backup = order === "first" ? " backup" : "";
  const servers = schedulers.map((address, index) => `server scheduler${index} ${address}${index > 0 ? backup : ""}`);
  const template = "server-template scheduler 3 tasks.shipbell_scheduler:8494 resolvers docker init-addr none";
  return { "bind :8443": `bind 127.0.0.1:${port}`, [template]: servers.join("\n  ") };
}

function replaceAll(text: string, [from, to]: readonly [string, string]): string {
  if (!text.includes(from)) throw new Error(`the configuration should say "${from}".`);
  return text.replaceAll(from, to);
}

function isAnswering(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(url, { rejectUnauthorized: false, agent: false, timeout: 5_000 }, (answer) => {
      resolve(true);
      answer.destroy();
    });
    asked.once("error", () => resolve(false)).once("timeout", () => asked.destroy());
    asked.end();
  });
}
