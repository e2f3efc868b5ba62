import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type DockerModem from "docker-modem";

/** Where the engine is, in the words of Docker's own tools. */
export interface DockerSettings {
  /** `DOCKER_HOST`: `unix:///path`, `tcp://host:port`, `http://host:port`, `https://host:port`. Default: the local socket. */
  readonly host?: string;
  /** `DOCKER_TLS_VERIFY`: speak TLS to a `tcp://` host, and check its certificate. */
  readonly tlsVerify?: boolean;
  /** `DOCKER_CERT_PATH`: the folder with `ca.pem`, `cert.pem` and `key.pem`. Default: `~/.docker`. */
  readonly certPath?: string;
}

/** The settings name a host that cannot be used; the message says why, and what to write instead. */
export class UnusableDockerHost extends Error {
  override readonly name = "UnusableDockerHost";
}

export const LOCAL_SOCKET = "unix:///var/run/docker.sock";

/**
 * What the modem needs to reach the host. Every option is named, since it reads those that are absent from the
 * environment: a `DOCKER_HOST` there would win over the socket given here.
 */
export interface Endpoint {
  readonly modem: DockerModem.ConstructorOptions;
  /** The path of an `http://host/path`, in front of every request's own. */
  readonly pathPrefix: string;
}

/** @throws UnusableDockerHost also when the certificates cannot be read. */
export function endpointOf(settings: DockerSettings): Endpoint {
  const host = settings.host || LOCAL_SOCKET;
  if (host.startsWith("unix://")) return { modem: overSocket(host), pathPrefix: "" };
  const url = parseHost(host);
  const tls = url.protocol === "https:" || (url.protocol === "tcp:" && settings.tlsVerify === true);
  const protocol = tls ? "https" : "http";
  const certificates = tls ? readCertificates(settings) : {};
  return {
    modem: {
      ...NOT_FROM_ENVIRONMENT,
      protocol,
      host: `${protocol}://${url.hostname}`,
      port: portOf(url, tls),
      ...certificates,
    },
    pathPrefix: url.pathname.replace(/\/+$/, ""),
  };
}

const NOT_FROM_ENVIRONMENT = {
  socketPath: undefined,
  host: undefined,
  port: undefined,
  ca: undefined,
  cert: undefined,
  key: undefined,
  timeout: undefined,
  agent: undefined,
} as const satisfies DockerModem.ConstructorOptions;

function overSocket(host: string): DockerModem.ConstructorOptions {
  const socketPath = host.slice("unix://".length);
  if (!socketPath.startsWith("/")) {
    throw new UnusableDockerHost(`Docker host "${host}": the socket's path must be absolute, as in ${LOCAL_SOCKET}`);
  }
  return { ...NOT_FROM_ENVIRONMENT, protocol: "http", socketPath };
}

function parseHost(host: string): URL {
  const allowed = "unix:///path, tcp://host:port, http://host:port or https://host:port";
  if (host.startsWith("ssh://")) {
    throw new UnusableDockerHost(
      `Docker host "${host}": ssh:// is not supported. Mount the engine's socket, or give tcp:// with TLS; allowed are ${allowed}`,
    );
  }
  const url = URL.parse(host);
  if (url === null || !/^(tcp|https?):$/.test(url.protocol) || url.hostname === "") {
    throw new UnusableDockerHost(`Docker host "${host}" is not an address of an engine; allowed are ${allowed}`);
  }
  return url;
}

/** Docker's own ports: 2375, or 2376 with TLS. A URL omits the default ports of http and https. */
function portOf(url: URL, tls: boolean): string {
  if (url.port !== "") return url.port;
  if (url.protocol === "tcp:") return tls ? "2376" : "2375";
  return tls ? "443" : "80";
}

function readCertificates(settings: DockerSettings): DockerModem.ConstructorOptions {
  const folder = settings.certPath || join(homedir(), ".docker");
  const read = (file: string) => readFileSync(join(folder, file));
  try {
    return { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).path ?? folder;
    throw new UnusableDockerHost(
      `${missing} cannot be read; TLS to the engine needs ca.pem, cert.pem and key.pem in ${folder} (DOCKER_CERT_PATH)`,
      { cause },
    );
  }
}
