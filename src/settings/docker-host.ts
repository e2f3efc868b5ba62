import { plainText } from "./plain-text.ts";
import type { Default, Parsed, Surroundings } from "./setting.ts";

const localSocket = "unix:///var/run/docker.sock";

/** Where the Docker Engine is, in the words of Docker's own tools; what `docker/connect.ts` takes. */
export interface DockerHost {
  readonly host: string;
  /** `DOCKER_TLS_VERIFY`: speak TLS to a `tcp://` host, and check its certificate. */
  readonly tlsVerify: boolean;
  /** `DOCKER_CERT_PATH`: the folder with `ca.pem`, `cert.pem` and `key.pem`. */
  readonly certPath?: string;
}

/** Docker's own variable counts where ours is not given. */
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
  // Without TLS, no certificates are read.
  const plain = tlsVerify ? plainText({}, certPath) : certPath;
  if (typeof plain !== "string") return { wrong: `DOCKER_CERT_PATH ${plain.message}`, hint: plain.hint };
  return { value: { host: text, tlsVerify, ...(plain !== "" && { certPath: plain }) } };
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
