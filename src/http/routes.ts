import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Check } from "../view/readiness.ts";
import { type Answer, sendAnswer } from "./answer.ts";
import { isFromHere } from "./from-here.ts";
import type { Readers } from "./readers.ts";

/** What the routes show: functions, called for each request. */
export interface RouteParts {
  readonly scrape: (accept: string | undefined) => {
    readonly contentType: string;
    readonly chunks: AsyncIterable<string>;
  };
  /** The readers of `/metrics`, which is a long answer where there are many jobs. */
  readonly readers: Readers;
  /** Whether the loop has turned recently. */
  readonly health: () => Check;
  /** By name. A scheduler that passes them all is ready. */
  readonly readiness: () => Readonly<Record<string, Check>>;
  /** What the scheduler knows, for commands. Only this machine gets it. */
  readonly scheduler: () => AsyncIterable<string>;
  /** Called when an answer fails. */
  readonly onError: (error: unknown, path: string) => void;
}

/** Answers `/`, `/metrics`, `/healthz` and `/readyz`, and to commands on this machine `/scheduler`; to GET and HEAD. */
export function createRoutes(parts: RouteParts): RequestListener {
  return (request, response) => {
    handle(request, response, parts).catch((error: unknown) => {
      parts.onError(error, pathOf(request));
      response.destroy();
    });
  };
}

function pathOf({ url = "/" }: IncomingMessage): string {
  return url.split("?", 1)[0] ?? "/";
}

async function handle(request: IncomingMessage, response: ServerResponse, parts: RouteParts): Promise<void> {
  // No route reads a body; one that a client sends nevertheless must not pile up.
  request.resume();
  await sendAnswer(request, response, answerTo(request, parts));
}

function answerTo(request: IncomingMessage, parts: RouteParts): Answer {
  const route = findRoute(request, parts);
  if (route === undefined) return text(404, "not found\n");
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { ...text(405, "only GET and HEAD\n"), headers: { Allow: "GET, HEAD" } };
  }
  return route(request);
}

function findRoute(request: IncomingMessage, parts: RouteParts): ((request: IncomingMessage) => Answer) | undefined {
  switch ((request.url ?? "/").split("?", 1)[0]) {
    case "/":
      return indexRoute;
    case "/metrics":
      return (request) => metricsRoute(request, parts);
    case "/healthz":
      return () => healthRoute(parts.health());
    case "/readyz":
      return () => readinessRoute(parts.readiness());
    case "/scheduler":
      return isFromHere(request) ? () => schedulerRoute(parts) : undefined;
    default:
      return undefined;
  }
}

function indexRoute(): Answer {
  const links = ["metrics", "healthz", "readyz"].map((name) => `<li><a href="${name}">/${name}</a>`);
  const body = `<!doctype html>\n<meta charset="utf-8">\n<title>shipbell</title>\n<h1>shipbell</h1>\n<ul>\n${links.join("\n")}\n</ul>\n`;
  return { status: 200, contentType: "text/html; charset=utf-8", body };
}

function metricsRoute({ headers, socket }: IncomingMessage, { scrape, readers }: RouteParts): Answer {
  const { contentType, chunks } = scrape(headers.accept);
  const gone = new AbortController();
  socket.once("close", () => gone.abort());
  return { status: 200, contentType, body: readers.inTurn(chunks, () => socket.destroy(), gone.signal) };
}

function healthRoute({ ok, reason }: Check): Answer {
  return text(ok ? 200 : 503, `${reason ?? (ok ? "ok" : "not healthy")}\n`);
}

function readinessRoute(checks: Readonly<Record<string, Check>>): Answer {
  const ready = Object.values(checks).every(({ ok }) => ok);
  const body = `${JSON.stringify({ ready, checks }, null, 2)}\n`;
  return { status: ready ? 200 : 503, contentType: "application/json", body };
}

function schedulerRoute({ scheduler }: RouteParts): Answer {
  return { status: 200, contentType: "application/jsonl", body: scheduler() };
}

function text(status: number, body: string): Answer {
  return { status, contentType: "text/plain; charset=utf-8", body };
}
