import type { IncomingMessage } from "node:http";
import type { Clock } from "../clock.ts";
import { Fault } from "./fault.ts";
import type { Body } from "./route.ts";

/** Enough for a form with every input of a job. */
const MOST_BYTES = 16_384;
const DEADLINE_MS = 10_000;

/**
 * Reads the body of a request: JSON, the fields of a form, or plain text such as YAML.
 *
 * @throws Fault `too-large`, `too-slow`, `unsupported-type`, or `bad-request` for what is no JSON and no UTF-8.
 */
export async function readBody(request: IncomingMessage, clock: Clock, mostBytes: number = MOST_BYTES): Promise<Body> {
  const bytes = await readBytes(request, clock, mostBytes);
  if (bytes.length === 0) return { kind: "none" };
  const [type = ""] = (request.headers["content-type"] ?? "").toLowerCase().split(";");
  switch (type.trim()) {
    case "application/json":
      return { kind: "json", value: parseJson(decodeText(bytes)) };
    case "application/x-www-form-urlencoded":
      return { kind: "form", fields: new URLSearchParams(decodeText(bytes)) };
    case "application/yaml":
      return { kind: "text", text: decodeText(bytes) };
    default:
      throw new Fault(
        "unsupported-type",
        `"${printable(type)}" cannot be read; a body is application/json, application/x-www-form-urlencoded or application/yaml.`,
      );
  }
}

async function readBytes(request: IncomingMessage, clock: Clock, mostBytes: number): Promise<Buffer> {
  // What is left of it is not read: the connection ends with the answer.
  const tooLarge = new Fault("too-large", `The body is larger than ${mostBytes} bytes.`, { Connection: "close" });
  if (Number(request.headers["content-length"] ?? 0) > mostBytes) throw tooLarge;
  const timer = new AbortController();
  const chunks: Buffer[] = [];
  let size = 0;
  const read = new Promise<Buffer>((resolve, reject) => {
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > mostBytes) reject(tooLarge);
      else chunks.push(chunk);
    });
    request.once("end", () => resolve(Buffer.concat(chunks)));
    request.once("error", () => reject(new Fault("bad-request", "The body ended too early.", { Connection: "close" })));
  });
  const late = clock.wait(DEADLINE_MS, timer.signal).then(() => {
    throw new Fault("too-slow", `The body did not come within ${DEADLINE_MS / 1000} s.`, { Connection: "close" });
  });
  late.catch(() => {});
  try {
    return await Promise.race([read, late]);
  } finally {
    timer.abort();
    request.removeAllListeners("data");
  }
}

function decodeText(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Fault("bad-request", "The body is not UTF-8.");
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Fault("bad-request", "The body is not JSON.");
  }
}

function printable(type: string): string {
  return type.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 60);
}
