import { constants } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import { within } from "../../clock.ts";
import { caveatOf } from "../../engines/docker/maker.ts";
import type { Deployment } from "../deployment.ts";
import type { EngineAnswer, EngineFacts } from "../looks/engine.ts";

const PING_WITHIN_MS = 10_000;
const ANSWER_WITHIN_MS = 5000;

/** Asks the engine what it is; where it does not answer, looks at its socket. Takes 15 s at most. */
export async function gatherEngine({
  docker,
  settings,
  clock,
}: Pick<Deployment, "docker" | "settings" | "clock">): Promise<EngineFacts> {
  const { host } = settings.dockerHost;
  const path = /^unix:\/\/(.*)$/s.exec(host)?.[1];
  const [answer, socket] = await Promise.all([
    askEngine({ docker, clock }),
    path === undefined ? undefined : lookAtSocket(path),
  ]);
  return { host, answer, ...(socket && { socket }) };
}

async function askEngine({ docker, clock }: Pick<Deployment, "docker" | "clock">): Promise<EngineAnswer> {
  try {
    await within(clock, PING_WITHIN_MS, docker.ping());
  } catch (error) {
    const code = codeOf(error);
    const message = error instanceof Error ? error.message : String(error);
    return { kind: "silent", message, ...(code !== undefined && { code }) };
  }
  const apiVersion = await docker.apiVersion();
  // A proxy may let only one of the two through.
  const [made, versions, info] = await Promise.all([
    within(clock, ANSWER_WITHIN_MS, docker.maker()).then(caveatOf, () => undefined),
    within(clock, ANSWER_WITHIN_MS, docker.versions(ANSWER_WITHIN_MS)).catch(() => undefined),
    within(clock, ANSWER_WITHIN_MS, docker.info({ deadlineMs: ANSWER_WITHIN_MS })).catch(() => undefined),
  ]);
  const version = versions?.version ?? info?.serverVersion ?? "of an unknown version";
  const newest = versions?.newestApi && { newestApi: versions.newestApi };
  return { kind: "answers", version, apiVersion, ...newest, ...made };
}

/** Of the system, under what it was wrapped in: `EACCES`. */
function codeOf(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ("code" in cause && typeof cause.code === "string") return cause.code;
  return undefined;
}

async function lookAtSocket(path: string): Promise<NonNullable<EngineFacts["socket"]>> {
  const isReadOnlyMount = await isMountedReadOnly(path);
  const ownUid = process.getuid?.();
  const own = { path, isReadOnlyMount, ...(ownUid !== undefined && { ownUid }) };
  try {
    const found = await stat(path);
    const kind = found.isSocket() ? "socket" : found.isDirectory() ? "folder" : "other";
    return { ...own, kind, uid: found.uid, gid: found.gid };
  } catch (error) {
    return { ...own, kind: codeOf(error) === "ENOENT" ? "missing" : "unseen" };
  }
}

/** As the kernel lists it in `/proc/self/mountinfo`: the fifth word is where, the sixth has the options. */
async function isMountedReadOnly(path: string): Promise<boolean> {
  const mounts = await readFile("/proc/self/mountinfo", "utf8").catch(() => "");
  return mounts.split("\n").some((line) => {
    const [, , , , mountPoint, options = ""] = line.split(" ");
    return mountPoint === path && options.split(",").includes("ro");
  });
}

/** Whether this process may write what stands at the path. */
export async function isWritable(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}
