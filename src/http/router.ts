import { Fault } from "./fault.ts";
import type { Route } from "./route.ts";

/** An address that a request asks for. */
export interface Address {
  /** As it was sent, still encoded: `/jobs/backup`. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** What answers a request. */
export type Match<R> =
  | { readonly kind: "route"; readonly route: R; readonly params: Readonly<Record<string, string>> }
  /** The same address with, or without, a slash at its end. `location` is relative to the address that was asked for. */
  | { readonly kind: "moved"; readonly location: string };

type Place = Pick<Route, "method" | "path">;

/** What a parameter may be: names of jobs, runs and files. Nothing else exists. */
const PARAMETER = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}$/;

/**
 * Finds the route of a method and path. HEAD is answered by GET. An address has one spelling: with a slash at its end, or
 * without, it is moved to the other one if that exists.
 *
 * @throws Fault `no-such-address`, or `method-not-allowed` with `Allow` where other methods are answered.
 */
export function findRoute<R extends Place>(routes: readonly R[], method: string, { path, query }: Address): Match<R> {
  const parts = path.split("/").slice(1);
  const found = matching(routes, parts);
  if (found.length === 0) {
    const isSlashed = parts.at(-1) === "" && parts.length > 1;
    const others = isSlashed ? parts.slice(0, -1) : [...parts, ""];
    if (matching(routes, others).length === 0) throw new Fault("no-such-address", "There is nothing at this address.");
    const last = encodeURIComponent(others.at(isSlashed ? -1 : -2) ?? "");
    const search = query.size > 0 ? `?${query}` : "";
    return { kind: "moved", location: `${isSlashed ? `../${last}` : `./${last}/`}${search}` };
  }
  const asked = method === "HEAD" ? "GET" : method;
  const match = found.find(({ route }) => route.method === asked);
  if (match !== undefined) return { kind: "route", ...match };
  const allowed = [...new Set(found.flatMap(({ route }) => (route.method === "GET" ? ["GET", "HEAD"] : route.method)))];
  throw new Fault("method-not-allowed", `only ${allowed.join(" and ")}`, { Allow: allowed.join(", ") });
}

/** The way from an address up to the root: `./` from `/` and `/jobs`, `../` from `/jobs/backup` and `/jobs/`. */
export function rootOf(path: string): string {
  const depth = path.split("/").length - 2;
  return depth <= 0 ? "./" : "../".repeat(depth);
}

/** Reads what follows the method in a request, also in the form that proxies get: `http://HOST/PATH`. */
export function readAddress(target: string): Address {
  const local = target.startsWith("/") ? target : localPart(target);
  const [path = "/", ...search] = local.split("?");
  return { path, query: new URLSearchParams(search.join("?")) };
}

function localPart(target: string): string {
  const url = /^https?:/i.test(target) ? URL.parse(target) : null;
  // `*` of OPTIONS, and whatever else: nothing is there.
  return url === null ? `/${encodeURIComponent(target)}` : `${url.pathname}${url.search}`;
}

function matching<R extends Place>(routes: readonly R[], parts: readonly string[]) {
  return routes.flatMap((route) => {
    const params = paramsOf(route.path, parts);
    return params === undefined ? [] : [{ route, params }];
  });
}

function paramsOf(pattern: string, parts: readonly string[]): Record<string, string> | undefined {
  const words = pattern.split("/").slice(1);
  if (words.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, word] of words.entries()) {
    const part = decode(parts[index] ?? "");
    if (!word.startsWith(":")) {
      if (part !== word) return undefined;
    } else if (part !== undefined && PARAMETER.test(part)) params[word.slice(1)] = part;
    else return undefined;
  }
  return params;
}

/** Undefined for what is no encoded text. */
function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
