import type { ListenAddress } from "./parse-values.ts";

/** The host and port at which a scheduler with this listen address can be reached from its own machine. */
export function reachable({ host, port }: ListenAddress): string {
  const isEverywhere = host === undefined || host === "0.0.0.0" || host === "::";
  return `${isEverywhere ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host}:${port}`;
}

/**
 * The socket at which such a scheduler answers commands: an abstract one of Linux, which is no file. Only processes in the
 * scheduler's own network namespace can connect to it, and no proxy does unless it is told to.
 */
export function commandSocket(listen: ListenAddress): string {
  return `\0shipbell/${reachable(listen)}`;
}
