import type { IncomingMessage } from "node:http";
import Dockerode from "dockerode";
import { EngineUnavailable } from "../runs/engine.ts";
import { isOlder } from "./api-version.ts";
import { type DockerSettings, endpointOf, LOCAL_SOCKET } from "./docker-host.ts";
import { expectStatus } from "./status.ts";
import { call, type DockerAnswer, type DockerRequest, open } from "./wire.ts";

/**
 * A connection to one Docker Engine. Everything that is said to Docker goes through it.
 *
 * The methods throw `EngineUnavailable` when there is no answer in time; every status that the engine answers with
 * is a value.
 */
export interface Docker {
  /** As given: for log lines. */
  readonly host: string;
  call(request: DockerRequest): Promise<DockerAnswer>;
  /** The answer as a stream. Whoever calls reads it to its end, or destroys it. */
  open(request: DockerRequest): Promise<IncomingMessage>;
  /** The version that both sides speak. */
  apiVersion(): Promise<string>;
  /** Resolves when the engine answers; throws `EngineUnavailable` when it does not, or is too old. */
  ping(signal: AbortSignal): Promise<void>;
  info(signal?: AbortSignal): Promise<EngineInfo>;
}

/** What kind of engine it is. */
export interface EngineInfo {
  readonly serverVersion: string;
  readonly cpus: number;
  readonly swarm: {
    /** `inactive`, `pending`, `active`, `error`, `locked`. */
    readonly state: string;
    /** True on a manager. */
    readonly controlAvailable: boolean;
    /** Why a manager can do nothing: too few of them are there to have a leader. */
    readonly error?: string;
  };
}

/** The versions that are tested: 1.41 is Docker Engine 20.10. */
const OLDEST_API = "1.41";
const NEWEST_API = "1.51";

/**
 * Makes a connection; nothing is sent before the first call. The API version is agreed upon with that call, and again
 * after the engine was away, since it may come back as another version. Throws `UnusableDockerHost`.
 */
export function connectDocker(settings: DockerSettings): Docker {
  const { modem: options, pathPrefix } = endpointOf(settings);
  const { modem } = new Dockerode(options as Dockerode.DockerOptions);
  let agreed: Promise<string> | undefined;

  const agree = () => {
    agreed ??= negotiate((request) => call(modem, { ...request, path: `${pathPrefix}${request.path}` }));
    return agreed;
  };
  const versioned = async (request: DockerRequest) => ({
    ...request,
    path: `${pathPrefix}/v${await agree()}${request.path}`,
  });
  const forgetVersionOnFailure = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      agreed = undefined;
      throw error;
    }
  };

  const docker: Docker = {
    host: settings.host || LOCAL_SOCKET,
    call: (request) => forgetVersionOnFailure(versioned(request).then((ready) => call(modem, ready))),
    open: (request) => forgetVersionOnFailure(versioned(request).then((ready) => open(modem, ready))),
    apiVersion: () => forgetVersionOnFailure(agree()),
    ping: async (signal) => {
      const answer = await docker.call({ method: "GET", path: "/_ping", deadlineMs: 5_000, signal });
      expectStatus(answer, "ping", 200);
    },
    info: async (signal) => {
      const answer = await docker.call({ method: "GET", path: "/info", ...(signal && { signal }) });
      return readInfo(expectStatus(answer, "info", 200).body as RawInfo);
    },
  };
  return docker;
}

/** The newest version that both sides speak, from the `Api-Version` of `GET /_ping`, which needs no version itself. */
async function negotiate(callBare: (request: DockerRequest) => Promise<DockerAnswer>): Promise<string> {
  const answer = expectStatus(await callBare({ method: "GET", path: "/_ping", deadlineMs: 10_000 }), "ping", 200);
  const theirs = answer.headers["api-version"];
  if (typeof theirs !== "string")
    throw new EngineUnavailable("what answers is not a Docker Engine: it names no API version");
  if (isOlder(theirs, OLDEST_API)) {
    throw new EngineUnavailable(
      `the engine speaks API ${theirs}; shipbell needs ${OLDEST_API} or newer (Docker Engine 20.10, of December 2020)`,
    );
  }
  return isOlder(theirs, NEWEST_API) ? theirs : NEWEST_API;
}

interface RawInfo {
  readonly ServerVersion?: string;
  readonly NCPU?: number;
  readonly Swarm?: { readonly LocalNodeState?: string; readonly ControlAvailable?: boolean; readonly Error?: string };
}

function readInfo(info: RawInfo): EngineInfo {
  return {
    serverVersion: info.ServerVersion ?? "unknown",
    cpus: info.NCPU ?? 1,
    swarm: {
      state: info.Swarm?.LocalNodeState || "inactive",
      controlAvailable: info.Swarm?.ControlAvailable ?? false,
      ...(info.Swarm?.Error && { error: info.Swarm.Error }),
    },
  };
}
