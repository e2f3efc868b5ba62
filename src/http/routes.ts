import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Clock } from "../clock.ts";
import type { By } from "../ledger/record.ts";
import { isCrossOrigin, whyCrossOrigin } from "./access/cross-origin.ts";
import type { Gate } from "./access/gate.ts";
import { type Answer, sendAnswer } from "./answer.ts";
import { Fault } from "./fault.ts";
import { readBody } from "./read-body.ts";
import { type BoundRoute, type Caller, type Deed, ROLES, type Role, type Route, type RouteRequest } from "./route.ts";
import { type Address, findRoute, readAddress, rootOf } from "./router.ts";
import { IDLE_MS } from "./server.ts";
import { OneByOne } from "./sharing/one-by-one.ts";
import type { Readers } from "./sharing/readers.ts";
import { StaticFiles } from "./static.ts";
import { Streams } from "./streams/streams.ts";
import { pageRoutes, type SystemParts, systemRoutes } from "./system-routes.ts";
import type { World } from "./world.ts";

/** What answers are made of. */
export interface RouteParts extends Omit<SystemParts, "metricsRole"> {
  readonly clock: Clock;
  readonly gate: Pick<Gate, "callerOf" | "metricsRole" | "hasUsers" | "rules">;
  /** `off`: neither the pages nor the API are there. */
  readonly pages: "on" | "off";
  /** What pages and API read; asked for each request of theirs. */
  readonly world: () => Promise<Omit<World, "asset">>;
  /** The readers of long answers: `/metrics`, where there are many jobs. */
  readonly readers: Readers;
  /** Of `--public-url`: `https://cron.example`. */
  readonly publicOrigin?: string | undefined;
  /** An operation was carried out. */
  readonly onAsked: (deed: Deed & { readonly by: By }) => void;
  /** Aborted when the scheduler stops. */
  readonly stopping: AbortSignal;
  /** Called when an answer fails. */
  readonly onError: (error: unknown, path: string) => void;
}

/** The tables that are loaded when something of theirs is first asked for. */
export interface RouteTables {
  readonly api: () => Promise<readonly Route[]>;
  readonly web: () => Promise<readonly Route[]>;
}

const TABLES: RouteTables = {
  api: async () => (await import("./api/routes.ts")).apiRoutes,
  web: async () => (await import("./web/routes.ts")).webRoutes,
};

/** Why a request's `gone` is aborted when its client has left. */
const CLIENT_LEFT = "the client has left";

/**
 * Answers requests by one table of routes: the system's (`/metrics`, `/healthz`, …), the API's and the pages'. API and pages
 * are loaded when something of theirs is first asked for.
 */
export function createRoutes(parts: RouteParts, tables: RouteTables = TABLES): RequestListener {
  const server = new Answers(parts, tables);
  return (request, response) => {
    server.handle(request, response).catch((error: unknown) => {
      parts.onError(error, pathOf(request));
      response.destroy();
    });
  };
}

/** For the log: without the query, which may be long. */
function pathOf({ url = "/" }: IncomingMessage): string {
  return url.split("?", 1)[0] ?? "/";
}

/** What cannot be read as an address is one that nothing has. */
function whatIsAsked(request: IncomingMessage): Omit<Asked, "request"> {
  const address = readAddress(request.url ?? "/");
  return { address, reads: formRead(request, address) };
}

/** A request, and whichever form of answer its client reads. */
interface Asked {
  readonly request: IncomingMessage;
  readonly address: Address;
  readonly reads: "page" | "problem" | "text";
}

class Answers {
  readonly #parts: RouteParts;
  readonly #tables: RouteTables;
  readonly #files = new StaticFiles();
  readonly #oneByOne = new OneByOne();
  readonly #system: readonly BoundRoute[];
  /** Of requests that are being answered. */
  readonly #open = new Set<AbortController>();
  readonly #streams: Streams;

  constructor(parts: RouteParts, tables: RouteTables) {
    this.#parts = parts;
    this.#tables = tables;
    this.#streams = new Streams(parts.clock);
    const ofSystem = systemRoutes({ ...parts, metricsRole: () => parts.gate.metricsRole() });
    this.#system = parts.pages === "on" ? [...ofSystem, ...pageRoutes(this.#files)] : ofSystem;
    const stop = () => {
      for (const gone of this.#open) gone.abort();
    };
    parts.stopping.addEventListener("abort", stop, { once: true });
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!(await this.#oneByOne.turn(request.socket, response))) return;
    const gone = new AbortController();
    this.#open.add(gone);
    response.once("close", () => {
      gone.abort(CLIENT_LEFT);
      this.#open.delete(gone);
    });
    const asked = { request, ...whatIsAsked(request) };
    // Some answers are waited for, such as the end of a run.
    request.socket.setTimeout(0);
    // To find out who asks may take seconds. A caller that loses a role meanwhile has lost it, too.
    const rules = this.#parts.gate.rules();
    const answer = await this.#answer(asked, gone.signal);
    request.socket.setTimeout(answer.longestSilenceMs ?? IDLE_MS);
    // What a client sends and no route reads must not pile up.
    request.resume();
    if (response.closed) return;
    try {
      await this.#send({ request, response, answer, gone: gone.signal }, rules);
    } catch (error) {
      if (!(error instanceof Fault) || response.headersSent) throw error;
      await sendAnswer(request, response, await this.#faultAnswer(error, asked));
    }
  }

  async #answer(asked: Asked, gone: AbortSignal): Promise<Answer> {
    try {
      return await this.#routeAnswer(asked, gone);
    } catch (error) {
      if (error instanceof Fault) return this.#faultAnswer(error, asked);
      const words = "The scheduler could not answer this. Its log says why.";
      if (gone.aborted) return plainFault(new Fault("bug", words));
      this.#parts.onError(error, asked.address.path);
      return this.#faultAnswer(new Fault("bug", words), asked);
    }
  }

  async #routeAnswer({ request, address }: Asked, gone: AbortSignal): Promise<Answer> {
    const { clock, gate, publicOrigin, onAsked } = this.#parts;
    const match = findRoute(await this.#routesFor(address), request.method ?? "GET", address);
    if (match.kind === "moved") return moved(match.location);
    const { route, params } = match;
    if (route.method !== "GET" && isCrossOrigin(request.headers, publicOrigin))
      throw new Fault("cross-origin", whyCrossOrigin(request.headers));
    const caller: Caller = route.role === "none" ? { role: "none" } : await gate.callerOf(request);
    refuseUnless(route.role, caller, gate);
    const by = byOf(request, caller);
    const root = rootOf(address.path);
    const canSignIn = caller.name === undefined && gate.hasUsers;
    const asked: RouteRequest = {
      params,
      query: address.query,
      headers: request.headers,
      caller,
      by,
      ...(canSignIn && { signIn: `${root}sign-in` }),
      noteAsked: (deed) => onAsked({ ...deed, by }),
      root,
      body: () => readBody(request, clock, route.mostBodyBytes),
      gone,
    };
    return route.answer(asked);
  }

  /** Nothing is loaded for the system's routes. */
  async #routesFor({ path }: Address): Promise<readonly BoundRoute[]> {
    const isSystem = this.#system.some((route) => firstWord(route) === firstWord({ path }));
    if (isSystem || this.#parts.pages === "off") return this.#system;
    const routes = await (isOfApi(path) ? this.#tables.api() : this.#tables.web());
    const world = async () => ({ ...(await this.#parts.world()), asset: (name: string) => this.#files.path(name) });
    return routes.map((route) => ({
      ...route,
      answer: async (request) => {
        const seen = await world();
        // It may have waited for its turn among many. What is to be changed is changed all the same.
        if (route.method === "GET" && request.gone.reason === CLIENT_LEFT) throw new Error(CLIENT_LEFT);
        return route.answer(request, seen);
      },
    }));
  }

  async #faultAnswer(given: Fault, asked: Asked): Promise<Answer> {
    const { address, reads } = asked;
    const fault = given.code === "not-signed-in" ? this.#challenging(given, asked) : given;
    if (reads === "text" || this.#parts.pages === "off") return plainFault(fault);
    if (reads === "problem") return (await import("./api/fault-problem.ts")).faultProblem(fault);
    const { faultPage } = await import("./web/fault-page.ts");
    return faultPage(fault, { root: rootOf(address.path), asset: (name) => this.#files.path(name) });
  }

  /**
   * A browser asks for a password when it is answered with `Basic`, or sends again the one that it knows: of itself it sends that
   * only next to where it was asked for it, and the stream of events is elsewhere. Programs send tokens.
   */
  #challenging({ code, message, headers }: Fault, { reads, request }: Asked): Fault {
    const isBrowser = reads !== "problem" || request.headers.accept === "text/event-stream";
    const scheme = isBrowser && this.#parts.gate.hasUsers ? 'Basic realm="shipbell", charset="UTF-8"' : "Bearer";
    return new Fault(code, message, { ...headers, "WWW-Authenticate": scheme });
  }

  /** @throws Fault `too-many-streams`, before anything is sent. */
  async #send({ request, response, answer, gone }: Sending, rules: ReturnType<Gate["rules"]>): Promise<void> {
    const { gate, readers } = this.#parts;
    const { body, stream } = answer;
    if (typeof body === "string" || request.method === "HEAD") return sendAnswer(request, response, answer);
    const cut = () => request.socket.destroy();
    if (stream === undefined)
      return sendAnswer(request, response, { ...answer, body: readers.inTurn(body, cut, gone) });
    // A caller that loses a role loses what it reads with it. The others connect again.
    const mayRead = () => gate.rules() === rules;
    const headers = { ...STREAM_HEADERS, ...answer.headers };
    await this.#streams.hold(stream, { pieces: body, cut, mayRead, gone }, (pieces) =>
      sendAnswer(request, response, { ...answer, body: pieces, headers }),
    );
  }
}

/** Proxies would collect the pieces until they are many. */
const STREAM_HEADERS = { "X-Accel-Buffering": "no" };

interface Sending {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly answer: Answer;
  readonly gone: AbortSignal;
}

function firstWord({ path }: { readonly path: string }): string | undefined {
  return path.split("/")[1];
}

function isOfApi(path: string): boolean {
  return firstWord({ path }) === "api";
}

/** Browsers name HTML first, whether they open a page or send a form. */
function formRead({ headers }: IncomingMessage, { path }: Address): Asked["reads"] {
  if (headers.accept?.includes("text/html") === true) return "page";
  return isOfApi(path) ? "problem" : "text";
}

function refuseUnless(least: Role, { role, name }: Caller, { hasUsers }: Pick<Gate, "hasUsers">): void {
  if (ROLES.indexOf(role) >= ROLES.indexOf(least)) return;
  if (name === undefined && !hasUsers) {
    const how = "This scheduler has no users yet: its operator names them in the file of --http-auth.";
    throw new Fault("not-signed-in", `This needs the role ${least}. ${how}`);
  }
  if (name === undefined) throw new Fault("not-signed-in", `This needs the role ${least}: sign in.`);
  throw new Fault("not-yours", `This needs the role ${least}; ${name} has the role ${role}.`);
}

/** Forms come from the pages, everything else from programs. */
function byOf({ headers }: IncomingMessage, { name }: Caller): By {
  const isForm = headers["content-type"]?.toLowerCase().startsWith("application/x-www-form-urlencoded") === true;
  return { via: isForm ? "page" : "api", ...(name !== undefined && { name }) };
}

function moved(location: string): Answer {
  const body = `moved to ${location}\n`;
  return { status: 308, contentType: "text/plain; charset=utf-8", body, headers: { Location: location } };
}

function plainFault({ status, message, headers }: Fault): Answer {
  return { status, contentType: "text/plain; charset=utf-8", body: `${message}\n`, headers };
}
