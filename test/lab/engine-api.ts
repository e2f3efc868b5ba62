import { request } from "node:http";

export type EngineAnswer<T> = { status: number; json: T };

const longestMs = 60_000;

/**
 * One request to an engine's API, any status being an answer. `json` is the body read as JSON, or its text where it is
 * none. Rejects when the engine does not answer, at the latest after a minute.
 */
export function askEngine<T = unknown>(
  socketPath: string,
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
) {
  const content = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    host: "docker",
    ...(content && { "content-type": "application/json", "content-length": Buffer.byteLength(content) }),
  };
  return new Promise<EngineAnswer<T>>((resolve, reject) => {
    const options = {
      socketPath,
      method,
      path,
      headers,
      agent: false,
      signal: signal ?? AbortSignal.timeout(longestMs),
    };
    const asked = request(options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.once("error", reject);
      answer.once("end", () =>
        resolve({ status: answer.statusCode ?? 0, json: parse(Buffer.concat(chunks).toString()) as T }),
      );
    });
    asked.once("error", reject);
    asked.end(content);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
