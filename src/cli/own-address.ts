import type { IncomingMessage } from "node:http";
import type { ListenAddress } from "../settings/settings.ts";

/** Sends a GET request to a scheduler on this machine; rejects when nothing answers in time. */
export function request(url: string, patienceMs: number): Promise<IncomingMessage> {
  // As in http/server.ts: an import would load undici, which is two thirds of what a health check costs.
  const { get } = process.getBuiltinModule("node:http");
  return new Promise((resolve, reject) => {
    get(url, { signal: AbortSignal.timeout(patienceMs) }, resolve).once("error", reject);
  });
}

/** The host and port at which a scheduler with this listen address can be reached from its own machine. */
export function reachable({ host, port }: ListenAddress): string {
  const isEverywhere = host === undefined || host === "0.0.0.0" || host === "::";
  return `${isEverywhere ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host}:${port}`;
}
