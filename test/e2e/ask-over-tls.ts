import type { IncomingHttpHeaders } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";

export interface TlsAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Asking {
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  /** What a form sends. */
  readonly form?: Readonly<Record<string, string>>;
}

/** Sends a request and reads the whole answer. Any certificate will do. */
export function askOverTls(url: string, { method = "GET", headers = {}, form }: Asking = {}): Promise<TlsAnswer> {
  const body = form === undefined ? undefined : new URLSearchParams(form).toString();
  const type = body === undefined ? {} : { "Content-Type": "application/x-www-form-urlencoded" };
  return new Promise((resolve, reject) => {
    const options = { method, headers: { ...type, ...headers }, rejectUnauthorized: false, agent: false };
    const asked = request(url, { ...options, signal: AbortSignal.timeout(30_000) }, (answer) => {
      const { statusCode = 0, headers } = answer;
      text(answer).then((body) => resolve({ status: statusCode, headers, body }), reject);
    });
    asked.once("error", reject).end(body);
  });
}

/** Follows a stream for as long as `isEnough` wants; answers with what came, and when each piece did. */
export function followOverTls(
  url: string,
  headers: Readonly<Record<string, string>>,
  isEnough: (text: string, elapsedMs: number) => boolean,
): Promise<{ readonly status: number; readonly text: string }> {
  const beganAt = performance.now();
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers, rejectUnauthorized: false, agent: false }, (answer) => {
      let received = "";
      const done = () => resolve({ status: answer.statusCode ?? 0, text: received });
      answer.setEncoding("utf8").on("data", (piece: string) => {
        received += piece;
        if (!isEnough(received, performance.now() - beganAt)) return;
        answer.destroy();
        done();
      });
      answer.once("end", done).once("error", reject);
    });
    asked.once("error", reject).end();
  });
}
