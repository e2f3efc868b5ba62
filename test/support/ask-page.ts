import type { Answer } from "../../src/http/answer.ts";
import { Fault } from "../../src/http/fault.ts";
import type { BoundRoute, Caller, Deed, RouteRequest } from "../../src/http/route.ts";
import { findRoute, readAddress, rootOf } from "../../src/http/router.ts";
import { webRoutes } from "../../src/http/web/routes.ts";
import type { World } from "../../src/http/world.ts";

interface Asking {
  readonly world: World;
  readonly caller?: Caller;
  readonly method?: "GET" | "POST";
  readonly accept?: string;
  /** What a form sends. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Gets what is noted for the log. */
  readonly noted?: Deed[];
}

export interface PageAnswer extends Omit<Answer, "body"> {
  readonly body: string;
}

/** Asks for a page as the router does, without HTTP. Rejects with the `Fault`s that the router would answer with. */
export async function askPage(target: string, asking: Asking): Promise<PageAnswer> {
  const { world, caller = { role: "operate" }, method = "GET", accept = "text/html", fields, noted } = asking;
  const address = readAddress(target);
  const routes = webRoutes.map(
    (route): BoundRoute => ({ ...route, answer: (request) => route.answer(request, world) }),
  );
  const match = findRoute(routes, method, address);
  if (match.kind !== "route") throw new Fault("no-such-address", match.location);
  const request: RouteRequest = {
    params: match.params,
    query: address.query,
    headers: { accept },
    caller,
    by: { via: "page", ...(caller.name !== undefined && { name: caller.name }) },
    noteAsked: (deed) => noted?.push(deed),
    root: rootOf(address.path),
    body: async () => (fields === undefined ? { kind: "none" } : { kind: "form", fields: new URLSearchParams(fields) }),
    gone: new AbortController().signal,
  };
  const answer = await match.route.answer(request);
  if (typeof answer.body !== "string") throw new Error(`${target} is answered in pieces`);
  return { ...answer, body: answer.body };
}
