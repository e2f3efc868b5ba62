import type { Problem } from "../job/problem.ts";
import { plainText } from "./parse-values.ts";
import type { Default, Environment, Parsed, Surroundings } from "./setting.ts";

const localSocket = "unix:///var/run/docker.sock";

/** Where the Docker Engine is, in the words of Docker's own tools. */
export interface DockerHost {
  readonly host: string;
  /** `DOCKER_TLS_VERIFY`: speak TLS to a `tcp://` host, and check its certificate. */
  readonly tlsVerify: boolean;
  /** `DOCKER_CERT_PATH`: the folder with `ca.pem`, `cert.pem` and `key.pem`. */
  readonly certPath?: string;
}

/** When ours is not given, Docker's own variable counts. */
export const dockerHostDefault: Default = {
  text: `\`DOCKER_HOST\`, or \`${localSocket}\``,
  find: ({ env }) => {
    const host = env.DOCKER_HOST?.trim();
    return host ? { at: "DOCKER_HOST", text: host } : { at: "default", text: localSocket };
  },
};

/**
 * Checks the form of the address. As in Docker's own command line, `DOCKER_TLS_VERIFY` (anything but empty) turns on
 * TLS, and `DOCKER_CERT_PATH` alone does not.
 */
export function parseDockerHost(text: string, { env }: Surroundings): Parsed<DockerHost> {
  if (!isDockerHost(text)) {
    const allowed = "unix:///PATH, tcp://HOST:PORT, http://HOST:PORT and https://HOST:PORT";
    return { wrong: `"${text}" is not a Docker host; allowed are ${allowed}`, ...hintFor(text) };
  }
  const tlsVerify = Boolean(env.DOCKER_TLS_VERIFY);
  const certPath = env.DOCKER_CERT_PATH?.trim() ?? "";
  // Without TLS, no certificates are read, and the path does not matter.
  const plain = tlsVerify ? plainText({}, certPath) : certPath;
  if (typeof plain !== "string") return { wrong: `DOCKER_CERT_PATH ${plain.message}`, hint: plain.hint };
  return { value: { host: text, tlsVerify, ...(plain !== "" && { certPath: plain }) } };
}

/** The host of the engine, where that is another machine than the scheduler's. */
export function otherHostOf({ dockerHost: { host } }: { readonly dockerHost: DockerHost }): string | undefined {
  return host.startsWith("unix:") ? undefined : host;
}

/** Variables that Docker's own tools read and shipbell does not, and what to write instead. */
const NOT_READ: Readonly<Record<string, { readonly message: string; readonly hint: string }>> = {
  DOCKER_API_VERSION: {
    message: "is not read: shipbell and the engine agree on the newest version of the API that both speak",
    hint: "leave it out",
  },
  DOCKER_TLS: {
    message: "is not read: a connection that does not check the engine's certificate is not secure",
    hint: "write DOCKER_TLS_VERIFY=1",
  },
  DOCKER_DEFAULT_PLATFORM: { message: "is not read", hint: "write platform: in the job" },
  DOCKER_CONTENT_TRUST: { message: "is not read", hint: "write the image with its digest: NAME@sha256:…" },
  DOCKER_CUSTOM_HEADERS: { message: "is not read", hint: "leave it out" },
};

/** Returns a warning for each variable that is set and would change something for Docker's own tools. */
export function unreadDockerVariables(env: Environment, isHostGiven: boolean): readonly Problem[] {
  const isSet = (name: string) => (env[name]?.trim() ?? "") !== "";
  const context = env.DOCKER_CONTEXT?.trim() ?? "";
  // Docker's own tools ignore the context, too, where a host is given; and "default" is not a context.
  const hasContext = context !== "" && context !== "default" && !isHostGiven;
  const found = Object.entries(NOT_READ).flatMap(([at, says]) => (isSet(at) ? [{ at, ...says }] : []));
  return [...(hasContext ? [unreadContext(context)] : []), ...found].map((says) => ({ ...says, severity: "warning" }));
}

function unreadContext(context: string): Omit<Problem, "severity"> {
  return {
    at: "DOCKER_CONTEXT",
    message: `is not read, and the engine of the context "${context}" is not used: the engine is at ${localSocket}`,
    hint: "write DOCKER_HOST with the address that docker context inspect shows",
  };
}

function isDockerHost(text: string): boolean {
  if (text.startsWith("unix://")) return /^unix:\/\/\/./.test(text);
  const url = URL.parse(text);
  return url !== null && /^(tcp|https?):$/.test(url.protocol) && url.hostname !== "";
}

function hintFor(text: string): { hint?: string } {
  if (text.startsWith("/")) return { hint: `write "unix://${text}"` };
  return text.startsWith("ssh://") ? { hint: "mount the engine's socket, or give tcp:// with TLS" } : {};
}
