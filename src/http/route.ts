import type { IncomingHttpHeaders } from "node:http";
import type { By } from "../ledger/record.ts";
import type { Answer } from "./answer.ts";
import type { World } from "./world.ts";

/** What a caller may do, each role all that the one before it may. */
export const ROLES = ["none", "status", "read", "operate"] as const;
export type Role = (typeof ROLES)[number];

/** Who sent a request. */
export interface Caller {
  readonly role: Role;
  /** The user, or the name of the token; absent for an anonymous caller. */
  readonly name?: string;
  /** For a token that is limited to some jobs: globs of their names. Other jobs do not exist for it. */
  readonly jobs?: readonly string[];
}

/** One address that is answered. HEAD is answered by the routes of GET. */
export interface Route {
  readonly method: "GET" | "POST";
  /** `/jobs/:job/runs`; a word with a colon is a parameter. */
  readonly path: string;
  /** The least role that may ask. */
  readonly role: Role;
  /** The largest body that it reads; 16 KB when absent. */
  readonly mostBodyBytes?: number;
  readonly answer: (request: RouteRequest, world: World) => Answer | Promise<Answer>;
}

/** A route that has all that it works with. */
export type BoundRoute = Omit<Route, "answer"> & {
  readonly answer: (request: RouteRequest) => Answer | Promise<Answer>;
};

export interface RouteRequest {
  /** The path's parameters, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly caller: Caller;
  /** For what is written down: who asked, through page or API. */
  readonly by: By;
  /** Where an anonymous caller can sign in with a password, relative to this address; absent where that is not possible. */
  readonly signIn?: string;
  /** To be called when an operation was carried out: the log says who did it. */
  readonly noteAsked: (deed: Deed) => void;
  /** The way from this address to the root, for links that work under any prefix: `./`, `../`, `../../`. */
  readonly root: string;
  /** Reads the body: JSON, the fields of a form, or YAML as a text. Throws a `Fault` when it is too large or cannot be read. */
  readonly body: () => Promise<Body>;
  /** Aborted when the client is gone or the scheduler stops. What is sent within half a second of a stop still arrives. */
  readonly gone: AbortSignal;
}

/** What an operator did. Without a job, it concerns all. */
export interface Deed {
  readonly what: "run" | "cancel" | "pause" | "resume" | "reset" | "test";
  readonly job?: string;
  readonly run?: string;
  /** The channel that was tried. */
  readonly channel?: string;
}

export type Body =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "form"; readonly fields: URLSearchParams }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "none" };
