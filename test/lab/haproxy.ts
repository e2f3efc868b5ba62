import { readFile, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import type { EngineClient } from "./engine-client.ts";
import { engineFiles } from "./engine-files.ts";
import { type LabRecord, shortId, writeRecord } from "./lab-folder.ts";
import { freePort } from "./machine/free-port.ts";
import { launch, untilAnswering } from "./machine/launch.ts";
import { withLock } from "./machine/lock.ts";
import { thisProcess } from "./machine/owner.ts";
import { findCommand, needCommands } from "./machine/packages.ts";
import { runCommand } from "./machine/run-command.ts";
import { takeDown, takeDownLeftovers } from "./take-down.ts";

/** Where the examples listen, and what they speak to. */
const LISTEN = "bind :2375";
const ENGINE = "unix@/var/run/docker.sock";

export type SocketProxy = Awaited<ReturnType<typeof startSocketProxy>>;

/**
 * Starts Debian's HAProxy before an engine's socket, as one of our examples says, on a free port of 127.0.0.1. Rejects
 * with the end of its log when it does not start, e.g. because of its configuration.
 */
export async function startSocketProxy(example: string, engineSocketPath: string) {
  await needCommands(["haproxy"]);
  const text = await readFile(example, "utf8");
  const record = await withLock("up", prepare);
  const down = () => withLock("up", () => takeDown(record));
  try {
    const { log, port } = await run(record, text, engineSocketPath);
    return {
      /** What clients speak to: `tcp://127.0.0.1:PORT`. */
      dockerHost: `tcp://127.0.0.1:${port}`,
      /**
       * All requests that were not let through, in order: `POST /v1.41/swarm/leave`. HAProxy also logs a connection that is
       * given up before a whole request has come, as happens on a busy machine: that is left out.
       */
      denied: async () => {
        const lines = [...(await readFile(log, "utf8")).matchAll(/^denied (.*)$/gm)].map(([, line = ""]) => line);
        return lines.filter((line) => !line.startsWith("<BADREQ>"));
      },
      /** The status of one request, whose path is sent as it is. */
      ask: (method: string, path: string) => statusOf(port, method, path),
      takeDown: down,
      [Symbol.asyncDispose]: down,
    };
  } catch (error) {
    await down();
    throw error;
  }
}

/** Puts an image on hosts that has Debian's HAProxy where the public one has its own, and its configuration. */
export async function ensureHaproxyImage(hosts: readonly EngineClient[], folder: string): Promise<string> {
  await needCommands(["haproxy"]);
  const program = findCommand("haproxy") ?? "";
  const libraries = (await runCommand("ldd", [program])).match(/\/\S+/g) ?? [];
  const archive = join(folder, "haproxy.tar");
  await runCommand("tar", ["--dereference", "-cf", archive, "-C", "/", ...[program, ...libraries].map(inRoot)]);
  const change = `CMD ["${program}", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]`;
  await Promise.all(hosts.map((host) => host.docker("import", "--change", change, archive, HAPROXY_IMAGE)));
  return HAPROXY_IMAGE;
}

const HAPROXY_IMAGE = "lab-haproxy:latest";
const inRoot = (path: string) => path.replace(/^\//, "");

/** What a configuration lets through, in the words of docs/security.md: `GET /services/NAME`. */
export async function allowedRequests(example: string): Promise<string[]> {
  const rules = (await readFile(example, "utf8")).matchAll(/^ *http-request allow (.*)$/gm);
  return [...rules].map(([, rule = ""]) => {
    const [, method, path] = /^if \{ method ([A-Z]+) \} \{ var\(txn\.path\) -m reg \^(\S+)\$ \}$/.exec(rule) ?? [];
    if (method === undefined || path === undefined) throw new Error(`this rule cannot be read: ${rule}`);
    return `${method} ${path.replaceAll("[^/]+", "NAME").replaceAll(".+", "IMAGE")}`;
  });
}

/** What docs/security.md says is needed with services of a Swarm, or with containers; in order. */
export async function documentedRequests(column: "Swarm" | "containers"): Promise<string[]> {
  const text = await readFile(join(import.meta.dirname, "../../docs/security.md"), "utf8");
  const rows = [...text.matchAll(/^\| `([A-Z]+ \/\S+)` \| (yes)? *\| (yes)? *\|/gm)];
  const isNeeded = ([, , swarm, containers]: RegExpExecArray) => (column === "Swarm" ? swarm : containers) === "yes";
  return rows
    .filter(isNeeded)
    .map(([, request = ""]) => request)
    .sort();
}

/** Those of the documented requests that were made, in order; one that is none of them, as it is. */
export function requestsSeen(seen: readonly Asked[], documented: readonly string[]): string[] {
  const patterns = documented.map((request) => [request, patternOf(request)] as const);
  const nameOf = ({ method, path }: Asked) => {
    const asked = `${method} ${path.split("?")[0]}`;
    return patterns.find(([, pattern]) => pattern.test(asked))?.[0] ?? asked;
  };
  return [...new Set(seen.map(nameOf))].sort();
}

type Asked = { readonly method: string; readonly path: string };

function patternOf(request: string): RegExp {
  return new RegExp(`^${request.replace("NAME", "[^/]+").replace("IMAGE", ".+")}$`);
}

async function prepare(): Promise<LabRecord> {
  await takeDownLeftovers();
  const record: LabRecord = { id: shortId(), name: `haproxy-${shortId()}`, kind: "proxy", owner: thisProcess() };
  await writeRecord(record);
  return record;
}

async function run(record: LabRecord, example: string, engineSocketPath: string) {
  const { folder, mark } = engineFiles(record);
  const [config, log, port] = [join(folder, "haproxy.cfg"), join(folder, "haproxy.log"), await freePort()];
  const places = { [LISTEN]: `bind 127.0.0.1:${port}`, [ENGINE]: `unix@${engineSocketPath}` };
  await writeFile(config, Object.entries(places).reduce(replaceOnce, example));
  const server = launch({ command: "haproxy", args: ["-f", config, "-db"], folder, mark, log });
  await untilAnswering(server, log, async () => (await statusOf(port, "GET", "/_ping")) === 200);
  return { log, port };
}

function replaceOnce(text: string, [from, to]: readonly [string, string]): string {
  if (text.split(from).length !== 2) throw new Error(`the configuration should say "${from}" once.`);
  return text.replace(from, to);
}

/** Undefined when there is no answer. */
function statusOf(port: number, method: string, path: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(10_000);
    const asked = request({ host: "127.0.0.1", port, method, path, agent: false, signal }, (answer) => {
      resolve(answer.statusCode);
      answer.destroy();
    });
    asked.once("error", () => resolve(undefined)).end();
  });
}
