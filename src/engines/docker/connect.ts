import type { IncomingMessage } from "node:http";
import Dockerode from "dockerode";
import { EngineTrouble, EngineUnavailable } from "../engine.ts";
import { isOlder } from "./api-version.ts";
import { type DockerSettings, endpointOf, LOCAL_SOCKET } from "./docker-host.ts";
import { type Maker, readMaker } from "./maker.ts";
import { expectStatus, messageOf } from "./status.ts";
import { call, type DockerAnswer, type DockerRequest, NoAnswer, open } from "./wire.ts";

/**
 * A connection to one Docker Engine. All requests to Docker go through it.
 *
 * Every status that the engine answers with is a value. When a request gets no answer in time, the engine is asked
 * whether it is there at all: the methods throw `EngineTrouble` if it is, and `EngineUnavailable` if it is not.
 */
export interface Docker {
  /** As given: for log lines. */
  readonly host: string;
  call(request: DockerRequest): Promise<DockerAnswer>;
  /** The answer as a stream. The caller reads it to its end, or destroys it. */
  open(request: DockerRequest): Promise<IncomingMessage>;
  /** The version that both sides speak. */
  apiVersion(): Promise<string>;
  maker(): Promise<Maker>;
  /** Resolves when the engine answers `/_ping`; throws `EngineUnavailable` when it does not, or is too old. */
  ping(): Promise<void>;
  version(deadlineMs?: number): Promise<string | undefined>;
  /** As `version`, with the newest version of the API that the engine speaks. */
  versions(deadlineMs?: number): Promise<EngineVersions>;
  info(limits?: Pick<DockerRequest, "deadlineMs" | "signal">): Promise<EngineInfo>;
}

export interface EngineVersions {
  readonly version?: string;
  readonly newestApi?: string;
}

/** What kind of engine it is. */
export interface EngineInfo {
  readonly id: string;
  /** Of its machine. */
  readonly name: string;
  readonly serverVersion: string;
  readonly cpus: number;
  /** By the engine's own clock. */
  readonly systemTime?: Date;
  readonly swarm: {
    /** `inactive`, `pending`, `active`, `error`, `locked`. */
    readonly state: string;
    /** Its own machine among the nodes; undefined outside of a Swarm. */
    readonly nodeId?: string;
    /** True on a manager. */
    readonly controlAvailable: boolean;
    /** Why a manager can do nothing: there are too few managers to have a leader. */
    readonly error?: string;
  };
}

/** The tested versions: 1.41 is Docker Engine 20.10. */
const OLDEST_API = "1.41";
const NEWEST_API = "1.51";

/**
 * Makes a connection; nothing is sent before the first call. That call negotiates the API version, as does the first
 * call after the engine was away, since it may come back as another version. Throws `UnusableDockerHost`.
 */
export function connectDocker(settings: DockerSettings): Docker {
  const { modem: options, pathPrefix } = endpointOf(settings);
  const { modem } = new Dockerode(options as Dockerode.DockerOptions);
  let agreed: Promise<Agreement> | undefined;
  let asking: Promise<Agreement> | undefined;

  /** All callers that ask whether the engine is there share one question. */
  const agreeAgain = () => {
    asking ??= negotiate((request) => call(modem, { ...request, path: `${pathPrefix}${request.path}` }));
    const current = asking;
    agreed = current;
    const over = () => {
      asking = undefined;
    };
    current.then(over, () => {
      over();
      if (agreed === current) agreed = undefined;
    });
    return current;
  };
  const versioned = async (request: DockerRequest) => ({
    ...request,
    path: `${pathPrefix}/v${(await (agreed ?? agreeAgain())).apiVersion}${request.path}`,
  });
  const send = async <T>(request: DockerRequest, dial: (ready: DockerRequest) => Promise<T>): Promise<T> => {
    const ready = await versioned(request);
    try {
      return await dial(ready);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      if (request.signal?.aborted !== true) await agreeAgain();
      throw new EngineTrouble(error.message, { cause: error, signature: `${error.request}: no answer` });
    }
  };

  const docker: Docker = {
    host: settings.host || LOCAL_SOCKET,
    call: (request) => send(request, (ready) => call(modem, ready)),
    open: (request) => send(request, (ready) => open(modem, ready)),
    apiVersion: async () => (await (agreed ?? agreeAgain())).apiVersion,
    maker: async () => (await (agreed ?? agreeAgain())).maker,
    ping: async () => void (await agreeAgain()),
    version: async (deadlineMs) => (await docker.versions(deadlineMs)).version,
    versions: async (deadlineMs) => {
      const answer = await docker.call({ method: "GET", path: "/version", ...(deadlineMs && { deadlineMs }) });
      const { Version, ApiVersion } = (expectStatus(answer, "version", 200).body ?? {}) as RawVersion;
      return { ...(Version && { version: Version }), ...(ApiVersion && { newestApi: ApiVersion }) };
    },
    info: async (limits) => {
      const answer = await docker.call({ method: "GET", path: "/info", ...limits });
      return readInfo(expectStatus(answer, "info", 200).body as RawInfo);
    },
  };
  return docker;
}

interface Agreement {
  readonly apiVersion: string;
  readonly maker: Maker;
}

/**
 * Who answers, and the newest version that both sides speak, from the `Api-Version` of `GET /_ping`, which needs no version itself.
 * Throws `EngineUnavailable`.
 */
async function negotiate(callBare: (request: DockerRequest) => Promise<DockerAnswer>): Promise<Agreement> {
  const answer = await callBare({ method: "GET", path: "/_ping", deadlineMs: 10_000 }).catch((error) => {
    throw error instanceof NoAnswer ? new EngineUnavailable(error.message, { cause: error }) : error;
  });
  // A proxy in front of the engine answers even if the engine is not there.
  if (answer.status !== 200)
    throw new EngineUnavailable(`GET /_ping: the answer is ${answer.status}: ${messageOf(answer)}`);
  const theirs = answer.headers["api-version"];
  if (typeof theirs !== "string")
    throw new EngineUnavailable("what answers is not a Docker Engine: it names no API version");
  if (isOlder(theirs, OLDEST_API)) {
    throw new EngineUnavailable(
      `the engine speaks API ${theirs}; shipbell needs ${OLDEST_API} or newer (Docker Engine 20.10, of December 2020)`,
    );
  }
  return { apiVersion: isOlder(theirs, NEWEST_API) ? theirs : NEWEST_API, maker: readMaker(answer.headers) };
}

interface RawVersion {
  readonly Version?: string;
  readonly ApiVersion?: string;
}

interface RawInfo {
  readonly ID?: string;
  readonly Name?: string;
  readonly ServerVersion?: string;
  readonly NCPU?: number;
  readonly SystemTime?: string;
  readonly Swarm?: {
    readonly LocalNodeState?: string;
    readonly NodeID?: string;
    readonly ControlAvailable?: boolean;
    readonly Error?: string;
  };
}

function readInfo(info: RawInfo): EngineInfo {
  const systemTime = Date.parse(info.SystemTime ?? "");
  return {
    id: info.ID || "unknown",
    name: info.Name || "unknown",
    serverVersion: info.ServerVersion ?? "unknown",
    cpus: info.NCPU ?? 1,
    ...(Number.isFinite(systemTime) && { systemTime: new Date(systemTime) }),
    swarm: {
      state: info.Swarm?.LocalNodeState || "inactive",
      ...(info.Swarm?.NodeID && { nodeId: info.Swarm.NodeID }),
      controlAvailable: info.Swarm?.ControlAvailable ?? false,
      ...(info.Swarm?.Error && { error: info.Swarm.Error }),
    },
  };
}
