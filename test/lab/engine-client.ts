import { askEngine, type EngineAnswer } from "./engine-api.ts";
import { cliFolder } from "./lab-folder.ts";
import { runCommand } from "./machine/run-command.ts";

export type EngineClient = ReturnType<typeof engineAt>;

/** Two ways to talk to an engine that listens on a Unix socket, given as `unix:///…`: its CLI and its API. */
export function engineAt(dockerHost: string) {
  const socketPath = dockerHost.replace(/^unix:\/\//, "");
  return {
    dockerHost,
    socketPath,
    /** Runs the docker CLI and gives its standard output, without the last line break. Rejects with its standard error. */
    docker: (...args: string[]): Promise<string> => runCommand("docker", args, { env: cliEnvironment(dockerHost) }),
    /** One request to the API, e.g. `api("GET", "/containers/json")`. Every status is an answer. */
    api: <T = unknown>(method: string, path: string, body?: unknown): Promise<EngineAnswer<T>> =>
      askEngine<T>(socketPath, method, path, body),
  };
}

/** The user's own CLI configuration (contexts, credentials, proxies) stays out; the classic builder needs no plugin. */
function cliEnvironment(dockerHost: string): NodeJS.ProcessEnv {
  const settings = {
    DOCKER_CONFIG: cliFolder(),
    DOCKER_BUILDKIT: "0",
    DOCKER_CLI_HINTS: "false",
    DOCKER_CONTEXT: undefined,
  };
  return { ...process.env, ...settings, DOCKER_HOST: dockerHost };
}
