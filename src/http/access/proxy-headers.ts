import type { IncomingHttpHeaders } from "node:http";
import { Fault } from "../fault.ts";
import { ROLES, type Role } from "../route.ts";
import { isCallerName } from "./caller-name.ts";

/** A proxy that people sign in to, and that says who they are. */
export interface ProxyRules {
  /** Whether a request from this address comes from the proxy. */
  readonly isProxy: (address: string) => boolean;
  /** The headers with the user's name and groups, in small letters. */
  readonly user: string;
  readonly groups: string;
  /** Which groups have a role; `*` is everyone whom the proxy names. */
  readonly roles: Readonly<Partial<Record<Role, readonly string[]>>>;
}

/**
 * Whom the proxy names; undefined when it names no one.
 *
 * @throws Fault `not-signed-in` when the header is no name.
 */
export function userOfProxy(
  headers: IncomingHttpHeaders,
  { user, groups, roles }: ProxyRules,
): { readonly name: string; readonly role: Role } | undefined {
  const name = textOf(headers, user);
  if (name === "") return undefined;
  if (!isCallerName(name)) throw new Fault("not-signed-in", `What the proxy sends as ${user} is no name.`);
  const given = textOf(headers, groups)
    .split(/[,|]/)
    .map((group) => group.trim());
  const hasRole = (role: Role) => roles[role]?.some((group) => group === "*" || given.includes(group)) === true;
  return { name, role: ROLES.findLast(hasRole) ?? "none" };
}

/** Whether a request has the headers of the proxy. */
export function hasProxyHeaders(headers: IncomingHttpHeaders, { user }: ProxyRules): boolean {
  return textOf(headers, user) !== "";
}

/** Node reads headers as Latin-1; proxies write UTF-8. */
function textOf(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  const text = (Array.isArray(value) ? value.join(",") : (value ?? "")).trim();
  return Buffer.from(text, "latin1").toString("utf8");
}
