import { stat } from "node:fs/promises";
import { connect } from "node:net";
import { startDeadline } from "../../clock.ts";
import type { ChannelNames } from "../../definition/telling.ts";
import { shownAddress } from "../../job/shown-address.ts";
import { unknownChannels } from "../../job-sources.ts";
import { PatientDisk } from "../../sources/disk.ts";
import { lookAt, readTextFile } from "../../sources/text-files.ts";
import type { Deployment } from "../deployment.ts";
import type { TellingFacts } from "../looks/telling.ts";
import type { Rules } from "./http.ts";

/** The files of the operator, read once for all looks that want them. */
export interface OperatorFiles {
  readonly auth: TellingFacts["auth"];
  readonly rules?: Rules;
  readonly channels: TellingFacts["channels"];
  readonly channelNames: ChannelNames;
}

const CONNECT_WITHIN_MS = 5000;

/** Reads the files of `--http-auth` and `--channels` as the scheduler does, with their secrets, of which none is returned. */
export async function readOperatorFiles({
  settings,
  clock,
}: Pick<Deployment, "settings" | "clock">): Promise<OperatorFiles> {
  const disk = new PatientDisk(clock);
  const readText = async (path: string) => readTextFile(await lookAt(path, disk), disk);
  const [auth, channels] = await Promise.all([
    readAuth(settings.httpAuth, readText),
    readChannels(settings.channels, readText),
  ]);
  return { ...auth, ...channels };
}

type ReadText = (path: string) => ReturnType<typeof readTextFile>;

async function readAuth(path: string | undefined, readText: ReadText): Promise<Pick<OperatorFiles, "auth" | "rules">> {
  if (path === undefined) return { auth: { kind: "none" } };
  const { parseAuthFile, warningsOf } = await import("../../http/access/auth-file.ts");
  const found = await readText(path);
  const read = "problem" in found ? { problems: [found.problem] } : parseAuthFile(found.text, path);
  if ("problems" in read) return { auth: { kind: "wrong", path, problems: read.problems } };
  const { rules } = read;
  const isReadByAll = await isReadByEveryone(path);
  return { auth: { kind: "read", path, isReadByAll, warnings: warningsOf(rules, path) }, rules };
}

async function readChannels(
  path: string | undefined,
  readSecret: ReadText,
): Promise<Pick<OperatorFiles, "channels" | "channelNames">> {
  const none = { channelNames: new Map() as ChannelNames };
  if (path === undefined) return { ...none, channels: { kind: "none" } };
  const { readChannels } = await import("../../notify/read-channels.ts");
  const found = await readSecret(path);
  const read =
    "problem" in found ? { problems: [found.problem] } : await readChannels(found.text, { path, readSecret });
  if ("problems" in read) return { ...none, channels: { kind: "wrong", path, problems: read.problems } };
  const { byName } = read.channels;
  const isReadByAll = await isReadByEveryone(path);
  return { channelNames: byName, channels: { kind: "read", path, isReadByAll, names: [...byName.keys()] } };
}

async function isReadByEveryone(path: string): Promise<boolean> {
  const { mode } = await stat(path);
  return (mode & 0o004) !== 0;
}

/** No ping is sent to the heartbeat's address: it would say that a scheduler works. */
export async function gatherTelling(
  { settings }: Deployment,
  { auth, channels, channelNames }: OperatorFiles,
): Promise<TellingFacts> {
  const { heartbeat } = settings;
  const facts = { auth, channels, unknownChannels: unknownChannels(settings, channelNames) };
  if (heartbeat === undefined) return facts;
  const unreachable = await tryConnection(new URL(heartbeat));
  const shown = shownAddress(heartbeat);
  return { ...facts, heartbeat: { shown, ...(unreachable !== undefined && { unreachable }) } };
}

/** Connects and hangs up. Returns why that is not possible. */
async function tryConnection({ hostname, port, protocol }: URL): Promise<string | undefined> {
  const deadline = startDeadline(CONNECT_WITHIN_MS);
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port) || (protocol === "https:" ? 443 : 80),
  });
  const giveUp = () => socket.destroy(deadline.signal.reason);
  deadline.signal.addEventListener("abort", giveUp);
  try {
    return await new Promise<string | undefined>((resolve) => {
      socket.once("connect", () => resolve(undefined));
      socket.once("error", (error) => resolve(error.message));
    });
  } finally {
    deadline.clear();
    socket.destroy();
  }
}
