import { type Finding, note, sound, trouble, warning } from "../finding.ts";

/** The way to the engine, and what answers there. */
export interface EngineFacts {
  /** As given: `unix:///var/run/docker.sock`. */
  readonly host: string;
  /** Where it is a socket of this machine. */
  readonly socket?: SocketFacts;
  readonly answer: EngineAnswer;
}

interface SocketFacts {
  readonly path: string;
  readonly kind: "socket" | "missing" | "folder" | "other" | "unseen";
  /** Of its owner. */
  readonly uid?: number;
  readonly gid?: number;
  /** As it is mounted: through such a mount, requests still pass. */
  readonly isReadOnlyMount: boolean;
  /** Who asks. */
  readonly ownUid?: number;
}

export type EngineAnswer =
  | {
      readonly kind: "answers";
      readonly version: string;
      /** The one that both speak. */
      readonly apiVersion: string;
      /** The newest that the engine speaks, where that is known. */
      readonly newestApi?: string;
      /** As in `EngineVersion`. */
      readonly maker?: string;
      readonly caveat?: string;
    }
  | { readonly kind: "silent"; readonly code?: string; readonly message: string };

/** Says whether the engine can be used at all, and if not, which right or which file is missing. */
export function lookAtEngine({ host, socket, answer }: EngineFacts): readonly Finding[] {
  const mounted = socket?.isReadOnlyMount
    ? [
        note(
          host,
          "the socket is mounted read-only, which limits nothing: all requests pass through it",
          "to limit them, put a proxy in front of it (docs/security.md)",
        ),
      ]
    : [];
  if (answer.kind === "silent") return [silence(host, socket, answer), ...mounted];
  const { version, apiVersion, newestApi, maker = "Docker Engine", caveat } = answer;
  const isNewer = newestApi !== undefined && newestApi !== apiVersion;
  return [
    sound(host, `${maker} ${version} answers, with API ${apiVersion}`),
    ...(caveat === undefined ? [] : [warning(host, `this is ${maker}: ${caveat}`)]),
    ...(isNewer
      ? [
          note(
            host,
            `the engine also speaks API ${newestApi}; ${apiVersion} is the newest that shipbell is tested with`,
          ),
        ]
      : []),
    ...mounted,
  ];
}

function silence(host: string, socket: SocketFacts | undefined, { code, message }: Silent): Finding {
  if (socket?.kind === "missing")
    return trouble(
      host,
      "there is no such socket",
      `is Docker running? In a container, mount it: -v ${socket.path}:${socket.path}`,
    );
  if (socket?.kind === "folder")
    return trouble(
      host,
      "is a folder, as Docker makes one where a socket is mounted that did not exist",
      "remove the folder on the host, start Docker, and create the container again",
    );
  if (socket?.kind === "other") return trouble(host, "is not a socket", "name the engine's socket with --docker-host");
  if (code === "EACCES" || code === "EPERM") return denied(host, socket);
  if (code === "ECONNREFUSED" && socket !== undefined)
    return trouble(host, "nothing listens at this socket: no engine runs", "start Docker");
  if (code === "ECONNREFUSED") return trouble(host, "nothing listens there", "is that the engine's address and port?");
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return trouble(host, "there is no machine of this name", "is shipbell in a network with it?");
  return trouble(host, message, "shipbell does nothing before this engine answers");
}

type Silent = Extract<EngineAnswer, { readonly kind: "silent" }>;

function denied(host: string, socket: SocketFacts | undefined): Finding {
  const { uid, gid, ownUid } = socket ?? {};
  if (uid === undefined || gid === undefined || ownUid === undefined)
    return trouble(host, "permission denied", "run shipbell as a user who may open it");
  return trouble(
    host,
    `permission denied: the socket is for user ${uid} and group ${gid}, and shipbell runs as user ${ownUid}`,
    `run it with the group: user: "${ownUid}:${gid}"`,
  );
}
