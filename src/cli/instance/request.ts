import type { IncomingMessage } from "node:http";

interface RequestOptions {
  readonly patienceMs: number;
  /** Where the request is sent, instead of to the host and port of its URL. */
  readonly socketPath?: string;
}

/** Sends a GET request to a scheduler on this machine; rejects when nothing answers in time. */
export function request(url: string, { patienceMs, ...where }: RequestOptions): Promise<IncomingMessage> {
  // As in http/server.ts: an import would load undici, which is two thirds of what a health check costs.
  const { get } = process.getBuiltinModule("node:http");
  return new Promise((resolve, reject) => {
    get(url, { ...where, signal: AbortSignal.timeout(patienceMs) }, resolve).once("error", reject);
  });
}
